import wave

import numpy as np
import pytest

from model.datasets import clips, emodb, ravdess
from model.datasets.clips import Clip
from model.errors import DataError
from tests.sounds import tone, write

ANGRY = "03-01-05-02-01-01-12"


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_a_name_of_ravdess_says_emotion_and_actor(tmp_path):
    touch(
        tmp_path, f"Actor_12/{ANGRY}.wav", "Actor_03/03-01-02-01-02-02-03.FLAC", "README.md", f"Actor_12/._{ANGRY}.wav"
    )
    assert ravdess.load(tmp_path) == (
        Clip(tmp_path / "Actor_03/03-01-02-01-02-02-03.FLAC", "calm", "ravdess-03"),
        Clip(tmp_path / f"Actor_12/{ANGRY}.wav", "anger", "ravdess-12"),
    )


def test_the_numbers_of_ravdess_are_its_eight_emotions(tmp_path):
    touch(tmp_path, *(f"03-01-0{number}-01-01-01-01.wav" for number in range(1, 9)))
    said = [clip.label for clip in ravdess.load(tmp_path)]
    assert said == ["neutral", "calm", "joy", "sadness", "anger", "fear", "disgust", "surprise"]


def test_a_name_of_emodb_says_emotion_and_speaker(tmp_path):
    letters = {"W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "joy", "T": "sadness", "N": "neutral"}
    touch(tmp_path, *(f"16b10{letter}a.wav" for letter in letters), "03a01N.flac")
    said = {clip.path.name: (clip.label, clip.person) for clip in emodb.load(tmp_path)}
    assert said == {
        "03a01N.flac": ("neutral", "emodb-03"),
        **{f"16b10{letter}a.wav": (label, "emodb-16") for letter, label in letters.items()},
    }


@pytest.mark.parametrize(
    "reader,name,complaint",
    [
        (ravdess, "03-01-09-01-01-01-01.wav", "not named as RAVDESS"),  # there is no ninth emotion
        (ravdess, "03-01-05-02-01-01.wav", "not named as RAVDESS"),
        (ravdess, "03a01Fa.wav", "not named as RAVDESS"),
        (ravdess, "03-02-05-02-01-01-12.wav", "is sung, not spoken"),
        (emodb, "03a01Xa.wav", "not named as EmoDB"),
        (emodb, f"{ANGRY}.wav", "not named as EmoDB"),
    ],
)
def test_a_file_that_is_named_otherwise_is_told_not_skipped(tmp_path, reader, name, complaint):
    touch(tmp_path, f"{ANGRY}.flac" if reader is ravdess else "03a01Fa.flac", name)
    with pytest.raises(DataError, match=complaint) as told:
        reader.load(tmp_path)
    assert name in str(told.value)
    assert told.value.remedy == reader.REMEDY


@pytest.mark.parametrize("reader", [ravdess, emodb])
def test_where_nothing_is_nothing_is_read(tmp_path, reader):
    touch(tmp_path, "notes.txt")
    with pytest.raises(DataError, match="holds no clip"):
        reader.load(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        reader.load(tmp_path / "notes.txt")


def test_a_clip_that_is_there_twice_would_count_twice(tmp_path):
    touch(tmp_path, f"Actor_12/{ANGRY}.wav", f"copy/Actor_12/{ANGRY}.wav")
    with pytest.raises(DataError, match="is there twice"):
        ravdess.load(tmp_path)


def test_sound_comes_as_16_khz_and_one_channel(tmp_path):
    left, right = tone(440, 0.5, 48_000), np.zeros(24_000, np.float32)
    samples = clips.read_sound(write(tmp_path / "stereo.wav", [left, right], 48_000))
    assert (samples.dtype, samples.shape) == (np.float32, (8000,))
    inside = slice(400, -400)  # away from the edges of the resampler's filter
    assert np.abs(samples[inside] - tone(440, 0.5)[inside] / 2).max() < 2e-3


def test_sound_that_is_at_the_rate_stays_as_it_is(tmp_path):
    samples = clips.read_sound(write(tmp_path / "mono.flac", [tone(200, 0.1)]))
    np.testing.assert_allclose(samples, tone(200, 0.1), atol=2 / 32768)


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVE", b"no sound at all" * 99])
def test_what_is_no_sound_is_told_by_name(tmp_path, content):
    path = tmp_path / f"{ANGRY}.wav"
    path.write_bytes(content)
    with pytest.raises(DataError, match=ANGRY):
        clips.read_sound(path)


def test_an_empty_recording_and_an_endless_one_are_no_clips(tmp_path):
    with wave.open(str(tmp_path / "empty.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
    with pytest.raises(DataError, match="has no sound in it"):
        clips.read_sound(tmp_path / "empty.wav")
    long = write(tmp_path / "long.flac", [np.zeros(16_000 * 61, np.float32)])
    with pytest.raises(DataError, match="is longer than 60 s"):
        clips.read_sound(long)
    with pytest.raises(DataError, match="there is no file"):
        clips.read_sound(tmp_path / "gone.wav")


@pytest.mark.shared
def test_the_published_clips_are_understood(shared_data):
    spoken, german = ravdess.load(shared_data / "ravdess"), emodb.load(shared_data / "emodb")
    assert (len(spoken), len({clip.person for clip in spoken}), {c.label for c in spoken}) == (
        1200,
        20,
        set(ravdess.LABELS),
    )
    assert (len(german), len({clip.person for clip in german}), {c.label for c in german}) == (
        535,
        10,
        set(emodb.LABELS),
    )
    assert clips.read_sound(german[0].path).shape == (32_000,)
