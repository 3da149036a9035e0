"""The stage that says who speaks: it collects the sound of each segment and asks the diarizer when it ends."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.events import Event, SpeakerIdentified, SpeechChunk, SpeechDiscarded, SpeechEnded, SpeechStarted
from realtime.protocols import Diarizer


class SpeakerStage:
    """Adds a `SpeakerIdentified` to every segment that ends.

    Args:
        diarizer: Knows or finds out who spoke.
    """

    def __init__(self, diarizer: Diarizer) -> None:
        self._diarizer = diarizer
        self._sound: dict[str, list[NDArray[np.float32]]] = {}

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        """The event, and who spoke where it ends a segment."""
        match event:
            case SpeechStarted(segment=segment):
                self._sound[segment] = []
            case SpeechChunk(segment=segment, samples=samples):
                self._sound[segment].append(samples)
            case SpeechDiscarded(segment=segment):
                del self._sound[segment]
            case SpeechEnded(segment=segment, channel=channel):
                sound = np.concatenate(self._sound.pop(segment) or [np.zeros(0, np.float32)])
                return SpeakerIdentified(segment, self._diarizer.identify(channel, event, sound)), event
            case _:
                pass
        return (event,)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""
