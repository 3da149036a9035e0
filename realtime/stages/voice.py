"""The stage that lets voices be heard while they speak: how something is said is known when it has been said."""

from collections.abc import Sequence

from realtime.events import Event, Quiet, SpeechChunk, SpeechDiscarded, SpeechEnded, SpeechPaused, SpeechStarted
from realtime.voice_courses import VoiceCourses


class VoiceStage:
    """Hands the sound of running segments to their courses; it says nothing itself, and every event passes.

    Args:
        courses: Shared with the stage that asks how an utterance sounded.
    """

    def __init__(self, courses: VoiceCourses) -> None:
        self._courses = courses

    async def open(self) -> None:
        """Load the voice encoder."""
        await self._courses.open()

    async def process(self, event: Event) -> Sequence[Event]:
        """The event, after its sound was handed over."""
        match event:
            case SpeechStarted(segment=segment, channel=channel, start_s=start_s):
                self._courses.begin(segment, channel, start_s)
            case SpeechChunk(segment=segment, samples=samples):
                await self._courses.push(segment, samples)
            case SpeechPaused(segment=segment):
                await self._courses.catch_up(segment)
            case SpeechEnded(segment=segment, end_s=end_s):
                await self._courses.end(segment, end_s)
            case SpeechDiscarded(segment=segment):
                self._courses.discard(segment)
            case Quiet(until_s=until_s):
                self._courses.pass_time(until_s)
            case _:
                pass
        return (event,)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Forget all voices."""
        self._courses.clear()
