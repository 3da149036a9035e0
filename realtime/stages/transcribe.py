"""The stage that turns speech into text."""

from collections.abc import Sequence

from realtime.events import Event
from realtime.protocols import Transcriber


class TranscribeStage:
    """Runs a transcriber, whose model lives in a process of its own.

    Args:
        transcriber: Turns speech events into `PartialText` and `Transcript`.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber

    async def open(self) -> None:
        """Start the recogniser's process."""
        await self._transcriber.open()

    async def process(self, event: Event) -> Sequence[Event]:
        """Text for speech events; everything else is passed on."""
        return await self._transcriber.process(event)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back: every segment was answered when it ended."""
        return ()

    async def close(self) -> None:
        """End the recogniser's process."""
        await self._transcriber.close()
