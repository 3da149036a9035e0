"""What the microphone hears of the loudspeakers is silenced, and what people say beside them is not."""

from functools import cache

import numpy as np
import pytest

from edge.sound.echo import EchoGate
from realtime.events import SAMPLE_RATE_HZ, AudioFrame
from tests.speech import line

BLOCK = 270


@cache
def said(*numbers: int) -> np.ndarray:
    """(T,) lines of the demo, one after another."""
    return np.concatenate([line(number)[0] for number in numbers])


def echo(played: np.ndarray, reverberation: float, lag_s: float = 0.12) -> np.ndarray:
    """What a microphone hears of loudspeakers: directly, out of the room, and its own hiss."""
    dice = np.random.default_rng(0)
    tail = dice.standard_normal(4800) * 10 ** (-3 * np.arange(4800) / 4800)
    tail *= reverberation / np.linalg.norm(tail)
    tail[0] += 1.0
    room = np.concatenate([np.zeros(round(lag_s * SAMPLE_RATE_HZ)), tail])
    size = played.size + room.size
    heard = np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(room, size), size)[: played.size]
    return (0.3 * heard + 3e-4 * dice.standard_normal(played.size)).astype(np.float32)


def passed(gate: EchoGate, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(2, T) after the gate."""
    sound = np.stack([first, second])
    pieces = np.split(sound, range(BLOCK, first.size, BLOCK), axis=1)
    frames = [gate.passed(AudioFrame(number * BLOCK, piece, 0.0)) for number, piece in enumerate(pieces)]
    return np.concatenate([frame.samples for frame in frames], axis=1)


def energy(samples: np.ndarray) -> float:
    return float(np.sum(samples.astype(np.float64) ** 2))


@pytest.mark.parametrize("reverberation, lag_s", [(0.0, 0.0), (0.3, 0.4), (1.0, 0.12)])
def test_an_echo_is_silenced_from_its_second_second_on(reverberation, lag_s):
    theirs = said(4, 2, 6, 8)
    heard = echo(theirs, reverberation, lag_s)
    gate = EchoGate()
    after = passed(gate, heard, theirs)
    late = slice(2 * SAMPLE_RATE_HZ, None)
    assert gate.proven
    assert energy(after[0, late]) < 0.01 * energy(heard[late])
    assert np.array_equal(after[1], theirs)


@pytest.mark.parametrize("reverberation", [0.0, 1.0])
def test_who_speaks_over_the_echo_is_heard(reverberation):
    theirs, ours = said(4, 2, 6, 8), said(1, 3)
    begin = 3 * SAMPLE_RATE_HZ
    ours = ours[: theirs.size - begin]
    heard = echo(theirs, reverberation)
    heard[begin : begin + ours.size] += ours
    after = passed(EchoGate(), heard, theirs)[0, begin : begin + ours.size]
    assert energy(ours[after != 0.0]) > 0.85 * energy(ours)


def test_two_people_who_speak_at_once_are_no_echo_of_each_other():
    ours, theirs = said(1, 3, 5), said(4, 2, 6, 8)
    length = min(ours.size, theirs.size)
    gate = EchoGate()
    after = passed(gate, ours[:length], theirs[:length])
    assert not gate.proven
    assert np.array_equal(after, np.stack([ours[:length], theirs[:length]]))


def test_with_headphones_on_again_everything_is_heard():
    theirs, ours = said(4, 2, 6, 8), said(1, 3)
    gate = EchoGate()
    passed(gate, echo(theirs, 0.3), theirs)
    for _ in range(2):
        length = min(ours.size, theirs.size)
        after = passed(gate, ours[:length], theirs[:length])
    assert not gate.proven
    assert np.array_equal(after[0], ours[:length])


def test_beside_perfect_silence_nothing_is_taken_for_an_echo():
    ours = np.random.default_rng(1).normal(0, 0.1, 4 * SAMPLE_RATE_HZ).astype(np.float32)
    theirs = said(4)[: ours.size] * (np.arange(ours.size) % SAMPLE_RATE_HZ < SAMPLE_RATE_HZ // 4)
    gate = EchoGate()
    assert np.array_equal(passed(gate, ours, theirs.astype(np.float32))[0], ours)


def test_silence_and_hum_prove_nothing():
    hum = np.sin(2 * np.pi * 50 * np.arange(5 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ).astype(np.float32)
    for level in (0.0, 1e-4):
        gate = EchoGate()
        passed(gate, level * hum, level * hum)
        assert not gate.proven
