"""The stretches that a segment is cut into."""

import numpy as np
import pytest

from realtime.voices.encoder import SHORTEST, WINDOW
from realtime.voices.windows import EVERY, Windows


def cut(length, chunk):
    """Stretches of a segment from second 10 whose samples are their own numbers, and how much it held at most."""
    windows, stretches, held = Windows(10.0), [], 0
    sound = np.arange(length, dtype=np.float32)
    for first in range(0, length, chunk):
        stretches += windows.push(sound[first : first + chunk])
        held = max(held, windows._sound.size)
    return [*stretches, *windows.rest()], held


@pytest.mark.parametrize("chunk", [512, 700, 100_000])
def test_they_follow_each_other_to_the_end_however_the_sound_comes(chunk):
    stretches, held = cut(60_000, chunk)
    firsts = [int(stretch.sound[0]) for stretch in stretches]
    assert firsts == [*range(0, 60_000 - WINDOW + 1, EVERY), 60_000 - WINDOW]
    assert all(len(stretch.sound) == WINDOW for stretch in stretches)
    assert all((np.diff(stretch.sound) == 1).all() for stretch in stretches)
    assert stretches[0].middle_s == 10.0 + WINDOW / 2 / 16_000
    assert held <= WINDOW + max(chunk, EVERY)


@pytest.mark.parametrize(
    "length, lengths", [(0, []), (SHORTEST - 1, []), (SHORTEST, [SHORTEST]), (WINDOW - 1, [WINDOW - 1])]
)
def test_a_short_segment_is_one_stretch_or_none(length, lengths):
    assert [len(stretch.sound) for stretch in cut(length, 512)[0]] == lengths


def test_what_a_pause_covered_is_not_cut_again_and_speech_goes_on():
    windows = Windows(0.0)
    sound = np.zeros(WINDOW + 2_000, np.float32)
    assert len([*windows.push(sound), *windows.rest()]) == 2
    assert list(windows.rest()) == []
    assert [round(stretch.middle_s, 3) for stretch in windows.push(np.zeros(EVERY, np.float32))] == [0.8]
