"""What every voice encoder keeps: one test for all files in `realtime/voice_encoders`."""

import importlib
import inspect

import numpy as np
import pytest

from model.config import Config
from model.voice.measures import measured
from realtime.parts import PartChoice, load_part, part_names
from realtime.voice_reading import VoiceReading
from tests.speech import line
from tests.tiny_voices import emotion_folder

PACKAGE = "realtime.voice_encoders"
PARTS = part_names(PACKAGE)
RATE_HZ = 16_000
BEGIN_S = 100.0


def settings(name, folder):
    """What a part needs where its default needs something that is fetched."""
    return {"model": str(emotion_folder(folder)), "device": "cpu"} if name == "transformers" else {}


def made(name, folder):
    return load_part(PACKAGE, PartChoice(part=name, **settings(name, folder)))


@pytest.fixture(scope="module", params=PARTS)
def encoder(request, tmp_path_factory):
    encoder = made(request.param, tmp_path_factory.mktemp("voice"))
    encoder.open()
    return encoder


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return line(3)[0]


def heard(encoder, sound, size=4_000):
    """A course that was given the sound in pieces."""
    course = encoder.begin(BEGIN_S)
    for first in range(0, len(sound), size):
        course.push(sound[first : first + size])
    return course


def whole(encoder, sound, size=4_000) -> VoiceReading:
    return heard(encoder, sound, size).between(BEGIN_S, BEGIN_S + len(sound) / RATE_HZ)


@pytest.mark.parametrize("name", PARTS)
def test_the_file_holds_settings_and_create(name):
    module = importlib.import_module(f"{PACKAGE}.{name}")
    assert issubclass(module.Settings, Config)
    assert all(field.description for field in module.Settings.model_fields.values())
    assert list(inspect.signature(module.create).parameters) == ["settings"]


@pytest.mark.parametrize("name", PARTS)
def test_nothing_begins_before_it_is_open(name, tmp_path):
    with pytest.raises(RuntimeError, match="before open"):
        made(name, tmp_path).begin(0.0)


def test_speech_is_read_and_measured(encoder, speech):
    reading = whole(encoder, speech)
    assert reading.logits.dtype == np.float32
    assert reading.logits.shape == (7,)
    assert abs(float(reading.logits.mean())) < 1e-5
    assert np.ptp(reading.logits) > 0.1
    assert 0.5 * len(speech) / RATE_HZ < reading.spoken_s <= len(speech) / RATE_HZ
    assert 0.3 < reading.voiced_share <= 1.0
    assert -50.0 < reading.level_db < -5.0
    assert reading.snr_db > 15.0
    assert reading.clipped_share < 0.01


def test_all_measure_alike(encoder, speech):
    noisy = (speech + 0.003 * np.random.default_rng(4).standard_normal(len(speech))).astype(np.float32)
    reading, expected = whole(encoder, noisy), measured(noisy)
    assert reading.spoken_s == pytest.approx(expected.spoken_s, rel=0.1)
    assert reading.voiced_share == pytest.approx(expected.voiced_share, abs=0.1)
    assert reading.level_db == pytest.approx(expected.level_db, abs=1.0)
    assert reading.snr_db == pytest.approx(expected.snr_db, abs=2.0)


def test_how_the_sound_is_handed_over_makes_no_difference(encoder, speech):
    readings = [whole(encoder, speech, size) for size in (160, 3_333, len(speech))]
    for reading in readings[1:]:
        np.testing.assert_allclose(reading.logits, readings[0].logits, atol=1e-4)
        assert reading.spoken_s == pytest.approx(readings[0].spoken_s)
        assert reading.snr_db == pytest.approx(readings[0].snr_db, abs=0.1)


def test_it_may_be_asked_twice_and_while_the_segment_goes_on(encoder, speech):
    course = heard(encoder, speech[:RATE_HZ])
    first = course.between(BEGIN_S, BEGIN_S + 1.0)
    course.push(speech[RATE_HZ:])
    later = course.between(BEGIN_S, BEGIN_S + len(speech) / RATE_HZ)
    np.testing.assert_allclose(later.logits, whole(encoder, speech).logits, atol=1e-4)
    assert later.spoken_s > first.spoken_s
    again = course.between(BEGIN_S, BEGIN_S + len(speech) / RATE_HZ)
    assert np.array_equal(again.logits, later.logits)


def test_two_segments_at_once_do_not_touch_each_other(encoder, speech):
    other = (0.1 * np.random.default_rng(1).standard_normal(len(speech))).astype(np.float32)
    one, two = encoder.begin(BEGIN_S), encoder.begin(0.0)
    for first in range(0, len(speech), 1_600):
        one.push(speech[first : first + 1_600])
        two.push(other[first : first + 1_600])
    end_s = len(speech) / RATE_HZ
    expected = whole(encoder, speech)
    np.testing.assert_allclose(one.between(BEGIN_S, BEGIN_S + end_s).logits, expected.logits, atol=1e-4)
    assert two.between(0.0, end_s).voiced_share < expected.voiced_share


def test_a_stretch_is_the_sound_of_its_own_time(encoder, speech):
    silence = np.zeros(RATE_HZ, np.float32)
    course = heard(encoder, np.concatenate([speech[:RATE_HZ], silence, 0.1 * speech[:RATE_HZ]]))
    loud, soft = course.between(BEGIN_S, BEGIN_S + 1.0), course.between(BEGIN_S + 2.0, BEGIN_S + 3.0)
    assert loud.level_db - soft.level_db == pytest.approx(20.0, abs=2.0)
    assert course.between(BEGIN_S + 1.2, BEGIN_S + 1.8).spoken_s == 0.0


def test_silence_is_nobody_speaking(encoder):
    reading = whole(encoder, np.zeros(RATE_HZ, np.float32))
    assert (reading.spoken_s, reading.voiced_share, reading.snr_db) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("size", [0, 1, 159, 399, 1_599])
def test_too_little_sound_is_no_reason_to_fail(encoder, speech, size):
    reading = whole(encoder, speech[8_000 : 8_000 + size])
    assert np.isfinite(reading.logits).all()
    assert 0.0 <= reading.spoken_s <= 0.2


def test_what_was_never_heard_is_nothing(encoder, speech):
    assert encoder.begin(0.0).between(0.0, 1.0).spoken_s == 0.0
    course = heard(encoder, speech[:RATE_HZ])
    for start_s, end_s in ((BEGIN_S + 0.5, BEGIN_S + 0.5), (BEGIN_S - 2.0, BEGIN_S - 1.0)):
        assert np.isfinite(course.between(start_s, end_s).logits).all()


def test_clipped_sound_is_counted(encoder, speech):
    loud = np.clip(40.0 * speech, -1.0, 1.0)
    assert whole(encoder, loud).clipped_share == pytest.approx(float(np.mean(np.abs(loud) >= 0.999)), abs=0.02)
