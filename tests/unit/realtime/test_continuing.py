"""Whose clock goes on where it stood, and by how much."""

from collections.abc import AsyncGenerator

import numpy as np

from realtime.continuing import continued
from realtime.events import AudioFrame, AudioGap, Event, Health, Latency, PartHealth, Quiet, Transcript


async def given(*events: Event) -> AsyncGenerator[Event, None]:
    for event in events:
        yield event


async def later(at_s: float, *events: Event) -> list[Event]:
    return [event async for event in continued(given(*events), at_s, at_s - 20.0)]


def caption(start_s: float) -> Transcript:
    return Transcript("c1", 0, start_s, start_s + 2.0, "hello", (), 1.0, "en", "captions", False, False, Latency(0.0))


async def test_sound_stands_later_to_the_sample():
    frame, gap = AudioFrame(160, np.zeros((1, 160), np.float32), 7.0), AudioGap(320, 16, "lost")
    first, second = await later(30.5, frame, gap)
    assert isinstance(first, AudioFrame)
    assert (first.start, first.arrived_at) == (160 + 488_000, 7.0)
    assert second == AudioGap(320 + 488_000, 16, "lost")


async def test_captions_that_begin_anew_stand_later_and_those_that_go_on_do_not():
    anew = await later(30.0, caption(0.5), Quiet(4.0), caption(40.0))
    assert [event.start_s for event in anew if isinstance(event, Transcript)] == [30.5, 70.0]
    assert anew[1] == Quiet(34.0)
    assert await later(30.0, caption(11.0), Quiet(40.0)) == [caption(11.0), Quiet(40.0)]


async def test_what_has_no_time_passes():
    health = PartHealth("microphone", Health.ONLINE, "")
    assert await later(30.0, health) == [health]
