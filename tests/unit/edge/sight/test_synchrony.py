"""A film whose sound is shifted by a known amount measures as shifted by it, and one that cannot tell says so."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.commands.app import build
from edge.sight.synchrony import synchrony_of
from model.errors import SourceError
from realtime.synchrony import NO_MOTION, NO_SOUND, TOO_SHORT
from tests.pictures import face, film, room
from tests.sounds import tone

LENGTH_S = 12.0
PER_S = 25
RATE_HZ = 16_000


@cache
def spoken() -> tuple[tuple[float, float], ...]:
    """When something is said: from, to; seconds."""
    random = np.random.default_rng(5)
    spells, at_s = [], 0.4
    while at_s < LENGTH_S - 1.0:
        until_s = at_s + random.uniform(0.1, 0.4)
        spells.append((at_s, until_s))
        at_s = until_s + random.uniform(0.15, 0.6)
    return tuple(spells)


def words(late_s: float) -> np.ndarray:
    """(T,) a tone for every word, in the noise of a room."""
    sound = np.random.default_rng(1).normal(0.0, 0.002, round(LENGTH_S * RATE_HZ)).astype(np.float32)
    for since_s, until_s in spoken():
        start = round((since_s + late_s) * RATE_HZ)
        heard = tone(300.0, until_s - since_s)
        sound[start : start + heard.size] += heard
    return sound


def speaker(number: int) -> np.ndarray:
    """A face that opens its mouth with every word and sways a little."""
    time_s = number / PER_S
    middle = 80 + 2 * np.sin(0.9 * time_s)
    image = face(room(160, 120), (middle, 60), 56)
    if any(since_s <= time_s < until_s for since_s, until_s in spoken()):
        image[76:90, 72:88] = (20, 20, 40)
    return image


def still(_number: int) -> np.ndarray:
    return room(160, 120)


@pytest.fixture(scope="module")
def faces() -> list[np.ndarray]:
    return [speaker(number) for number in range(round(LENGTH_S * PER_S))]


@pytest.mark.parametrize("late_s", [-0.2, -0.08, 0.0, 0.04, 0.12])
def test_sound_that_is_shifted_measures_as_shifted(tmp_path, faces, late_s):
    path = film(tmp_path / "film.mkv", faces, PER_S, sound=words(late_s))
    found = synchrony_of(path, 60.0)
    assert found.sound_late_s == pytest.approx(late_s, abs=0.02)
    assert found.confidence > 0.45
    assert found.reason == ""


def test_a_film_in_which_nothing_moves_or_nothing_is_said_tells_nothing(tmp_path, faces):
    hum = np.random.default_rng(2).normal(0.0, 0.01, round(LENGTH_S * RATE_HZ)).astype(np.float32)
    unmoved = film(tmp_path / "still.mkv", still, PER_S, LENGTH_S, sound=words(0.0))
    unsaid = film(tmp_path / "hum.mkv", faces, PER_S, sound=hum)
    assert synchrony_of(unmoved, 60.0).reason == NO_MOTION
    assert synchrony_of(unsaid, 60.0).reason == NO_SOUND
    assert synchrony_of(unsaid, 5.0).reason == TOO_SHORT


def test_a_film_without_sound_and_sound_without_a_film_are_errors(tmp_path):
    path = film(tmp_path / "film.mkv", [room(160, 120)] * 3)
    with pytest.raises(SourceError, match="no audio stream"):
        synchrony_of(path, 60.0)
    with pytest.raises(SourceError, match="there is no file"):
        synchrony_of(Path("nothing.mkv"), 60.0)


def test_the_command_says_what_to_set(tmp_path, faces):
    late = str(film(tmp_path / "late.mkv", faces, PER_S, sound=words(0.12)))
    said = CliRunner().invoke(build(), ["sync", late])
    assert said.exit_code == 0
    assert "ms later than its pictures" in said.stdout
    assert "camera: {part: recording, offset_s: -0.1" in said.stdout
    record = json.loads(CliRunner().invoke(build(), ["sync", late, "--json"]).stdout)
    assert record["sound_late_s"] == pytest.approx(0.12, abs=0.02)
    assert record["camera_offset_s"] == pytest.approx(-0.12, abs=0.02)


def test_the_command_says_that_it_cannot_tell(tmp_path):
    unmoved = film(tmp_path / "still.mkv", still, PER_S, LENGTH_S, sound=words(0.0))
    said = CliRunner().invoke(build(), ["sync", str(unmoved)])
    assert said.exit_code == 1
    assert NO_MOTION in said.stdout
