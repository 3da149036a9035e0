"""A media clock that goes on where it stood before a crash: a source counts from zero again."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap, Event, Quiet, Transcript


async def continued(
    events: AsyncGenerator[Event, None], at_s: float, heard_until_s: float
) -> AsyncGenerator[Event, None]:
    """The same events, as much later as a source that counts from zero needs.

    Sound stands `at_s` later, to the sample. Captions bring times of their own: they stand later only if they, too,
    begin anew, which the first of them tells.

    Args:
        events: Of the source.
        at_s: Media time at which it begins.
        heard_until_s: Media time up to which something was heard before.
    """
    samples = round(at_s * SAMPLE_RATE_HZ)
    words_s: float | None = None
    try:
        async for event in events:
            match event:
                case AudioFrame() | AudioGap():
                    yield replace(event, start=event.start + samples)
                case Transcript():
                    if words_s is None:
                        words_s = at_s if event.start_s < heard_until_s else 0.0
                    yield replace(event, start_s=event.start_s + words_s, end_s=event.end_s + words_s)
                case Quiet():
                    yield replace(event, until_s=event.until_s + (words_s or 0.0))
                case _:
                    yield event
    finally:
        await events.aclose()
