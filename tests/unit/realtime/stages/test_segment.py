"""What is being said is over when the order comes to end the conversation."""

import numpy as np
import pytest

from realtime.events import AudioFrame, AudioGap, EndReason, Event, SpeechEnded
from realtime.model_thread import ModelThread
from realtime.orders import EndConversation
from realtime.stages.segment import SegmentStage

ENDED = SpeechEnded("s1", 0, 0.0, 1.0, EndReason.END_OF_STREAM, 1.0, 1.5)


class Talk:
    """A segmenter that hears somebody who does not stop."""

    def __init__(self) -> None:
        self.frames = 0

    def open(self, channels: int) -> None:
        self.frames = 0

    def push(self, frame: AudioFrame) -> tuple[Event, ...]:
        self.frames += 1
        return ()

    def flush(self) -> tuple[Event, ...]:
        return (ENDED,) if self.frames else ()


@pytest.mark.parametrize("event", [EndConversation("stopped"), AudioGap(16_000, 160, "lost")])
async def test_what_is_being_said_ends_before_what_ends_it(event):
    thread = ModelThread("test")
    stage = SegmentStage(Talk(), 1, thread)
    await stage.open()
    assert list(await stage.process(event)) == [event]
    await stage.process(AudioFrame(0, np.ones((1, 160), np.float32), 0.0))
    assert list(await stage.process(event)) == [ENDED, event]
    thread.close()
