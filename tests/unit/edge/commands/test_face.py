"""`undertone face` on films made up here, with an encoder that nobody trained."""

import json

import pytest
from typer.testing import CliRunner

from edge.commands.app import build
from edge.sight.expressions import FaceCourse, Moment
from model.emotions import EKMAN_LABELS
from model.errors import SettingsError, SourceError
from tests.pictures import face, film, room
from tests.tiny_face import tiny_folder


@pytest.fixture
def encoder(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTONE_FACE_ENCODER__CHECKPOINT", str(tiny_folder(tmp_path / "encoder")))
    monkeypatch.setenv("UNDERTONE_FACE_ENCODER__PART", "compact")


def read(*words):
    return CliRunner().invoke(build(), ["face", *map(str, words)], catch_exceptions=True)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    return film(tmp_path_factory.mktemp("film") / "talk.mp4", lambda number: face(room(), (150 + number, 120), 100), 10)


@pytest.mark.usefixtures("encoder")
def test_the_expressions_of_a_face_are_read_and_drawn(talk, tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need the extra train")
    answer = read(talk, "--json", "--picture", tmp_path / "drawn" / "talk.png")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert (found["film"], found["pictures"], len(found["faces"])) == ("talk.mp4", 20, 1)
    [seen] = found["faces"]
    assert len(seen["moments"]) == 20
    assert list(seen["moments"][0]["probabilities"]) == list(EKMAN_LABELS)
    assert sum(seen["moments"][7]["probabilities"].values()) == pytest.approx(1.0, abs=1e-3)
    assert (tmp_path / "drawn" / "talk.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("encoder")
def test_a_film_without_a_face_says_so(tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need the extra train")
    empty = film(tmp_path / "empty.mp4", lambda _: room(), 10, length_s=1.0)
    answer = read(empty, "--picture", tmp_path / "empty.svg")
    assert answer.output == "empty.mp4: 10 pictures, 0.9 s; no face in any of them.\n"
    assert (tmp_path / "empty.svg").stat().st_size > 1000


@pytest.mark.usefixtures("encoder")
def test_a_person_reads_stretches(talk):
    answer = read(talk, "--rate", "5")
    assert answer.output.startswith("talk.mp4: 11 pictures, 1.9 s.\nFace 1:\n     0.0 to ")


@pytest.mark.usefixtures("encoder")
def test_what_is_no_film_or_no_picture_is_refused(talk, tmp_path):
    assert isinstance(read(tmp_path / "nowhere.mp4").exception, SourceError)
    assert "End it with .png" in str(read(talk, "--picture", "talk.docx").exception)


def test_no_face_is_read_at_work(talk, monkeypatch):
    monkeypatch.setenv("UNDERTONE_PURPOSE", "workplace")
    assert isinstance(read(talk).exception, SettingsError)


def test_a_stretch_ends_with_its_label_and_when_the_face_leaves():
    moments = [(0.0, "joy"), (0.1, "joy"), (0.2, "fear"), (3.0, "fear"), (3.1, "fear")]
    course = FaceCourse(
        face=1, moments=tuple(Moment(time_s=time_s, label=label, probabilities={}) for time_s, label in moments)
    )
    assert list(course.stretches()) == [("joy", 0.0, 0.1), ("fear", 0.2, 0.2), ("fear", 3.0, 3.1)]
