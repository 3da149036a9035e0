"""Two clocks become one media clock, for hours, whatever either side does."""

import random

import numpy as np
import pytest

from edge.sound.merger import Merger
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap
from tests.sounds import joined, tone

BLOCK = 320
BLOCK_S = BLOCK / SAMPLE_RATE_HZ


class Call:
    """Two streams that are captured as the test says; the moments are those of the monotonic clock."""

    def __init__(self) -> None:
        self.merger = Merger()
        self.events: list[AudioFrame | AudioGap] = []
        self._first_length = 0

    def first(self, samples: np.ndarray, at: float) -> None:
        self.merger.first(AudioFrame(self._first_length, samples[None], at))
        self._first_length += samples.size

    def gap(self, length: int, reason: str) -> None:
        self.merger.first(AudioGap(self._first_length, length, reason))
        self._first_length += length

    def take(self, now: float) -> None:
        self.events += self.merger.due(now)

    @property
    def sound(self) -> np.ndarray:
        return joined(self.events)


def play(call: Call, signal, length_s: float, *, error: float = 0.0, late_s: float = 0.0, block: int = BLOCK) -> None:
    """Let both sides hear `signal(seconds)`; the second's clock is fast by `error`, blocks are late now and then."""
    jitter = random.Random(1)
    steps = np.arange(block)
    counts = {"first": 0, "second": 0}
    rates = {"first": SAMPLE_RATE_HZ, "second": SAMPLE_RATE_HZ * (1 + error)}
    while True:
        over = {side: (count + block) / rates[side] for side, count in counts.items()}
        side = min(over, key=over.__getitem__)
        if over[side] > length_s:
            return
        samples = signal((counts[side] + steps) / rates[side]).astype(np.float32)
        counts[side] += block
        moment = over[side] + (min(jitter.expovariate(1 / late_s), 0.05) if late_s else 0.0)
        (call.first if side == "first" else call.merger.second)(samples, moment)
        call.take(moment)


def noise(length: int, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


def lag_s(first: np.ndarray, second: np.ndarray) -> float:
    """By how much `second` comes later than `first`."""
    size = 1 << (first.size + second.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(second, size) * np.fft.rfft(first, size).conj(), size)
    lag = int(np.argmax(product))
    return (lag - size if lag > size // 2 else lag) / SAMPLE_RATE_HZ


def test_two_streams_become_two_channels_sample_by_sample():
    call = Call()
    left, right = tone(440, 2.0), tone(880, 2.0)
    for number in range(left.size // BLOCK):
        moment, part = (number + 1) * BLOCK_S, slice(number * BLOCK, (number + 1) * BLOCK)
        call.first(left[part], moment)
        call.take(moment)
        call.merger.second(right[part], moment + 0.004)
        call.take(moment + 0.004)
    assert np.abs(call.sound[0] - left).max() == 0.0
    assert abs(lag_s(right, call.sound[1])) < 0.005
    assert np.ptp([event.arrived_at - event.end_s for event in call.events]) < 1e-6


def test_jitter_neither_tears_nor_shifts_the_second_channel():
    call = Call()
    sound = noise(31 * SAMPLE_RATE_HZ)
    play(call, lambda times_s: sound[np.round(times_s * SAMPLE_RATE_HZ).astype(int)], 30.0, late_s=0.01)
    assert abs(lag_s(*call.sound[:, SAMPLE_RATE_HZ:])) < 0.025


@pytest.mark.parametrize("error", [-2e-4, 1.5e-4])
@pytest.mark.parametrize("level", [0.5, 1e-3])
@pytest.mark.parametrize("minutes", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_a_clock_that_is_wrong_is_followed_for_as_long_as_it_runs_loud_and_silent(error, level, minutes):
    call, wrong_s, held_s = Call(), [], []
    seen = 0

    def signal(times_s: np.ndarray) -> np.ndarray:
        nonlocal seen
        for event in call.events:
            first, second = event.samples[:, event.samples[1] > 0]  # silence that was put in says nothing
            apart_s = np.abs(second - first) / level * 60
            wrong_s.append(apart_s[apart_s < 30].max(initial=0.0))
        seen += len(call.events)
        call.events.clear()
        held_s.append(max(call.merger.first_held_s, call.merger.second_held_s))
        return level * (times_s % 60) / 60  # the level says when within a minute it was captured

    play(call, signal, minutes * 60.0, error=error, late_s=0.004, block=2 * BLOCK)
    assert seen > minutes * 60 * 25
    assert np.max(wrong_s[100:]) < 0.04
    assert np.max(held_s) < 0.5


def test_a_second_stream_that_delivers_nothing_is_silence_and_stalls_nobody():
    call = Call()
    left = tone(440, 3.0)
    for number in range(left.size // BLOCK):
        moment = (number + 1) * BLOCK_S
        call.first(left[number * BLOCK : (number + 1) * BLOCK], moment)
        call.take(moment)
        assert call.merger.first_held_s == 0.0 or moment < 0.6
    assert np.array_equal(call.sound, np.stack([left, np.zeros_like(left)]))


def test_after_a_pause_the_second_stream_is_where_it_belongs():
    call = Call()
    sound = noise(20 * SAMPLE_RATE_HZ)
    for number in range(sound.size // BLOCK):
        moment, part = (number + 1) * BLOCK_S, slice(number * BLOCK, (number + 1) * BLOCK)
        call.first(sound[part], moment)
        call.take(moment)
        if not 5.0 < moment < 12.0:
            call.merger.second(sound[part], moment + 0.005)
            call.take(moment + 0.005)
    heard = call.sound
    assert np.abs(heard[1, 6 * SAMPLE_RATE_HZ : 11 * SAMPLE_RATE_HZ]).max() == 0.0
    assert abs(lag_s(*heard[:, 13 * SAMPLE_RATE_HZ :])) < 0.04


def test_what_was_put_in_the_wrong_place_is_mended_in_silence():
    call = Call()
    call.first(np.zeros(BLOCK, np.float32), BLOCK_S)
    # The second's first blocks come 80 ms late, the later ones do not.
    for number in range(2, 200):
        moment = number * BLOCK_S
        call.first(np.zeros(BLOCK, np.float32), moment)
        click = np.zeros(BLOCK, np.float32)
        click[0] = number == 150
        call.merger.second(click, moment + (0.08 if number < 10 else 0.0))
        call.take(moment)
    assert np.flatnonzero(call.sound[1]).tolist() == pytest.approx([149 * BLOCK], abs=33)


def test_a_machine_that_stood_still_loses_nothing_of_either():
    call = Call()
    sound = noise(6 * SAMPLE_RATE_HZ)
    for number in range(sound.size // BLOCK):
        captured_at = (number + 1) * BLOCK_S
        moment = max(captured_at, 3.0) if 2.0 < captured_at < 3.0 else captured_at
        part = slice(number * BLOCK, (number + 1) * BLOCK)
        call.first(sound[part], moment)
        call.merger.second(sound[part], moment)
        if not 2.0 < captured_at < 3.0:
            call.take(moment)
    heard = call.sound
    assert np.array_equal(heard[0], sound)
    assert abs(lag_s(*heard)) < 0.005


def test_while_the_first_is_away_the_second_goes_on_in_time():
    call = Call()
    sound = tone(880, 10.0)
    for number in range(sound.size // BLOCK):
        moment, part = (number + 1) * BLOCK_S, slice(number * BLOCK, (number + 1) * BLOCK)
        call.merger.second(sound[part], moment)
        if moment < 3.0 or moment > 6.0:
            if number == 300:
                call.merger.first_is_away("")
                call.gap(300 * BLOCK - call._first_length, "the microphone is away")
            call.first(np.full(BLOCK, 0.5, np.float32), moment)
        if number == 160:
            call.merger.first_is_away("it is away")
        call.take(moment)
        assert call.merger.second_held_s < 0.5
    heard = call.sound
    assert not [event for event in call.events if isinstance(event, AudioGap)]
    assert np.array_equal(heard[1, SAMPLE_RATE_HZ:], sound[SAMPLE_RATE_HZ : heard.shape[1]])
    assert set(np.unique(heard[0])) == {0.0, 0.5}
    assert np.count_nonzero(heard[0] == 0.0) / SAMPLE_RATE_HZ == pytest.approx(3.0, abs=0.05)


def test_where_neither_delivers_there_are_few_long_gaps():
    call = Call()
    call.first(noise(BLOCK), BLOCK_S)
    call.take(BLOCK_S)
    call.merger.first_is_away("it is away")
    for moment in np.arange(0.1, 10.0, BLOCK_S):
        call.take(float(moment))
    gaps = [event for event in call.events if isinstance(event, AudioGap)]
    assert 5 <= len(gaps) <= 10
    assert {gap.reason for gap in gaps} == {"it is away"}
    assert joined(call.events).shape[1] == pytest.approx(9.5 * SAMPLE_RATE_HZ, abs=SAMPLE_RATE_HZ)


def test_lost_sound_of_the_first_is_a_gap_only_where_the_second_has_none():
    call = Call()
    call.first(noise(BLOCK), BLOCK_S)
    call.gap(BLOCK, "the driver lost sound")
    call.merger.second(noise(2 * BLOCK), 2 * BLOCK_S)
    call.gap(BLOCK, "the driver lost sound")
    call.first(noise(BLOCK), 4 * BLOCK_S)
    call.take(1.0)
    assert [(type(event), event.start) for event in call.events] == [
        (AudioFrame, 0),
        (AudioFrame, BLOCK),
        (AudioGap, 2 * BLOCK),
        (AudioFrame, 3 * BLOCK),
    ]
