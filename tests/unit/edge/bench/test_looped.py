"""A recording that is played over and over: what comes when, and from where."""

import numpy as np
import pytest

from edge.bench.looped import Looped, Sound, read_sound, sound_of
from model.errors import SourceError
from realtime.events import SAMPLE_RATE_HZ
from tests.fakes import ManualClock
from tests.sounds import joined, tone, write


def counted(length: int) -> Sound:
    """A sound whose samples are their own positions."""
    return Sound("counted", np.arange(length, dtype=np.float32)[np.newaxis])


async def played(source):
    return [event async for event in source.events()]


async def test_it_is_played_again_without_a_hole():
    events = await played(Looped(counted(20_000), ManualClock(), lasts_s=3.2))
    samples = joined(events)[0]
    assert samples.size == 100 * 512
    assert np.array_equal(samples, np.arange(samples.size) % 20_000)


async def test_it_begins_where_it_is_told_to():
    events = await played(Looped(counted(20_000), ManualClock(), phase_s=1.0, lasts_s=0.03))
    assert events[0].start == 0
    assert events[0].samples[0, 0] == SAMPLE_RATE_HZ


async def test_each_frame_comes_when_its_last_sample_is_due():
    clock = ManualClock(100.0)
    source = Looped(counted(20_000), clock, lasts_s=1.0, began_at=102.0)
    async for frame in source.events():
        assert clock.now_s() == frame.arrived_at == 102.0 + frame.end_s


async def test_closing_ends_it():
    source = Looped(counted(20_000), ManualClock())
    info = await source.open()
    assert (info.channels, info.duration_s) == (1, None)
    events = source.events()
    await anext(events)
    await source.close()
    await source.close()
    assert [frame async for frame in events] == []


def test_a_file_is_read_whole(tmp_path):
    path = write(tmp_path / "talk.flac", [tone(440.0, 1.5), tone(220.0, 1.5)])
    sound = read_sound(path)
    assert (sound.name, sound.samples.shape, sound.length_s) == ("talk.flac", (2, 24_000), 1.5)


def test_the_demo_is_played_where_nothing_else_is_named():
    sound = sound_of(None)
    assert len(sound.speakers) == len(sound.samples) == 4


def test_what_is_too_short_to_be_a_conversation_is_refused(tmp_path):
    with pytest.raises(SourceError, match="shorter than a second"):
        read_sound(write(tmp_path / "click.flac", [tone(440.0, 0.5)]))
