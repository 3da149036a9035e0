"""The stage that finds speech: frames of sound in, speech events out."""

from collections.abc import Sequence

from realtime.activity import SpeechWatch
from realtime.events import AudioFrame, AudioGap, Event
from realtime.model_thread import ModelThread
from realtime.orders import EndConversation
from realtime.protocols import Segmenter


class SegmentStage:
    """Runs a segmenter on the model thread, and tells when somebody begins to speak and stops.

    A gap in the sound ends whatever is being said, and so does
    the order to end the conversation.

    Args:
        segmenter: Finds speech.
        channels: Channels of every frame.
        thread: Where networks are called.
    """

    def __init__(self, segmenter: Segmenter, channels: int, thread: ModelThread) -> None:
        self._segmenter = segmenter
        self._channels = channels
        self._thread = thread
        self._watch = SpeechWatch()

    async def open(self) -> None:
        """Load the voice activity network."""
        await self._thread.run(self._segmenter.open, self._channels)

    async def process(self, event: Event) -> Sequence[Event]:
        """Speech events of a frame; frames themselves go no further."""
        if isinstance(event, AudioFrame):
            return self._watch.told(await self._thread.run(self._segmenter.push, event))
        if isinstance(event, AudioGap | EndConversation):
            return (*await self.flush(), event)
        return (event,)

    async def flush(self) -> Sequence[Event]:
        """End what is still being said: the stream is over."""
        return self._watch.told(await self._thread.run(self._segmenter.flush))

    async def close(self) -> None:
        """Nothing to let go of."""
