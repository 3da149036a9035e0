"""The stage that listens to voices."""

import numpy as np
import pytest

from realtime.events import EndReason, Quiet, SpeechDiscarded, SpeechEnded, SpeechStarted, VoiceHeard
from realtime.stages.speakers import SpeakerStage
from tests.speech import started


class Deaf:
    """A diarizer that notes where and when a segment was heard, and nothing else."""

    def __init__(self) -> None:
        self.opened = False

    async def open(self) -> None:
        self.opened = True

    async def process(self, event):
        if not isinstance(event, SpeechEnded):
            return (event,)
        nothing = np.zeros(0)
        return VoiceHeard(event.segment, event.channel, event.start_s, event.end_s, nothing, nothing), event

    def people(self):
        raise NotImplementedError


def ended(segment, channel, start_s, end_s):
    return SpeechEnded(segment, channel, start_s, end_s, EndReason.SILENCE, end_s, end_s)


async def overlaps(*events):
    stage = SpeakerStage(Deaf())
    marked = {}
    for event in events:
        for result in await stage.process(event):
            if isinstance(result, VoiceHeard):
                marked[result.segment] = result.overlap
    assert not await stage.flush()
    return marked


async def test_it_opens_the_diarizer_and_passes_on_what_is_not_speech():
    diarizer = Deaf()
    stage = SpeakerStage(diarizer)
    await stage.open()
    assert diarizer.opened
    assert list(await stage.process(Quiet(1.0))) == [Quiet(1.0)]
    await stage.close()


@pytest.mark.parametrize(
    "other, start_s, end_s, at_once",
    [(1, 1.0, 3.0, True), (1, 2.0, 3.0, False), (0, 1.0, 3.0, False), (1, 0.0, 0.5, False), (1, 0.0, 9.0, True)],
)
async def test_people_on_two_channels_at_once_are_marked(other, start_s, end_s, at_once):
    ends = sorted([ended("a", 0, 0.5, 2.0), ended("b", other, start_s, end_s)], key=lambda event: event.end_s)
    assert await overlaps(SpeechStarted("a", 0, 0.5), SpeechStarted("b", other, start_s), *ends) == {
        "a": at_once,
        "b": at_once,
    }


async def test_who_still_speaks_on_another_channel_counts_and_a_noise_there_does_not():
    speaking = started("b", 1, 0.5)
    assert await overlaps(started("a"), speaking, ended("a", 0, 0.0, 1.0)) == {"a": True}
    assert await overlaps(started("a"), speaking, SpeechDiscarded("b", 1), ended("a", 0, 0.0, 1.0)) == {"a": False}


async def test_what_is_long_over_is_not_kept():
    stage = SpeakerStage(Deaf())
    for number in range(500):
        await stage.process(SpeechStarted(f"s{number}", number % 2, 10.0 * number))
        await stage.process(ended(f"s{number}", number % 2, 10.0 * number, 10.0 * number + 3.0))
    assert len(stage._recent) < 10
