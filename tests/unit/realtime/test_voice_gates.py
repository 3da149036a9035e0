"""Below its gates a voice is not read, and the reason is in plain words."""

from dataclasses import replace

import numpy as np
import pytest

from realtime.voice_gates import BROKEN, VoiceGates
from realtime.voice_reading import VoiceReading

GOOD = VoiceReading(np.zeros(7, np.float32), 3.0, 0.75, -25.0, 30.0, 0.0)
GATES = VoiceGates()


def test_good_sound_passes_with_the_best_quality():
    assert GATES.obstacle(GOOD) == ""
    assert GATES.quality(GOOD) == 1.0


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"spoken_s": 0.3}, "too short: 0.3 s of audible speech, 0.5 s are needed"),
        ({"spoken_s": 0.0}, "too short: 0.0 s of audible speech, 0.5 s are needed"),
        ({"level_db": -63.0}, "too quiet: -63 dB, -60 dB are needed"),
        ({"clipped_share": 0.08}, "the sound is clipped: 8% of it is at full scale"),
        ({"snr_db": 3.0}, "noise or music: the voice is only 3 dB above its background"),
        ({"snr_db": -1.0}, "noise or music: the voice is only 0 dB above its background"),
        ({"voiced_share": 0.1, "level_db": -45.0}, "a whisper: hardly any of it is voiced"),
        ({"voiced_share": 0.1, "level_db": -15.0}, "noise: hardly any of it is voiced"),
        ({"voiced_share": 0.1, "level_db": -45.0, "snr_db": 9.0}, "noise: hardly any of it is voiced"),
        ({"logits": np.full(7, np.nan, np.float32)}, BROKEN),
        ({"level_db": float("nan")}, BROKEN),
        ({"snr_db": float("inf"), "spoken_s": 0.0}, BROKEN),
    ],
)
def test_each_gate_says_why(changes, reason):
    assert GATES.obstacle(replace(GOOD, **changes)) == reason


@pytest.mark.parametrize(
    "changes",
    [{"spoken_s": 0.5}, {"level_db": -60.0}, {"clipped_share": 0.01}, {"snr_db": 6.0}, {"voiced_share": 0.25}],
)
def test_what_is_just_good_enough_passes(changes):
    assert GATES.obstacle(replace(GOOD, **changes)) == ""


@pytest.mark.parametrize(
    "changes, quality",
    [
        ({"spoken_s": 1.0}, 0.5),
        ({"snr_db": 10.0}, 0.5),
        ({"voiced_share": 0.25}, 0.5),
        ({"clipped_share": 0.005}, 0.5),
        ({"clipped_share": 0.5}, 0.0),
        ({"snr_db": -3.0}, 0.0),
        ({"spoken_s": 0.0}, 0.0),
        ({"spoken_s": 1.0, "snr_db": 10.0}, 0.25),
        ({"snr_db": float("nan")}, 0.0),
    ],
)
def test_quality_is_a_product(changes, quality):
    assert GATES.quality(replace(GOOD, **changes)) == pytest.approx(quality)
