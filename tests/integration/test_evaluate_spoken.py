"""`undertone evaluate --spoken` with the shipped network, on a conversation made up here."""

import json

import pytest
from typer.testing import CliRunner

from edge.commands.app import build
from tests.unit.edge.demo.test_make import needs_flite

pytest.importorskip("torch_geometric", reason="evaluating needs the extra train")
pytest.importorskip("matplotlib", reason="pictures need the extra train")

CONVERSATION = """\
1 3
(2,1),(2,2),(3,2)
1 | Anna | neutral | We got the house ! | x: 00:00:01.000 - 00:00:02.000
2 | Ben | joy | That is wonderful , I am so happy ! | x: 00:00:02.500 - 00:00:04.000
3 | Anna | joy | Me too . | x: 00:00:04.500 - 00:00:05.000
"""


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "made-up.txt"
    path.write_text(CONVERSATION, encoding="utf-8")
    return path


def evaluate(*words):
    return CliRunner().invoke(build(), ["evaluate", *map(str, words)])


@needs_flite
def test_what_was_heard_is_scored_like_what_was_read(data, tmp_path):
    transcripts = tmp_path / "heard.jsonl"
    answer = evaluate(
        *("--data", data, "--spoken", "--json"),
        *("--transcripts", transcripts, "--pictures", tmp_path / "drawn"),
    )
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)
    assert (figures["conversations"], figures["utterances"], figures["calibration_error"]) == (1, 3, None)
    assert figures["spoken"]["found"] == 1
    assert figures["spoken"]["channels"] == "speaker"
    rows = [json.loads(line) for line in transcripts.read_text(encoding="utf-8").splitlines()]
    assert [row["annotated"] for row in rows] == [
        "We got the house !",
        "That is wonderful , I am so happy !",
        "Me too .",
    ]
    assert all(row["heard"] for row in rows)
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["confusion.png", "distance.png"]


@needs_flite
def test_a_spoken_table_says_what_was_lost(data):
    answer = evaluate("--data", data, "--spoken", "--mono")
    assert answer.exit_code == 0, answer.output
    assert "Spoken and heard" in answer.stdout
    assert "one channel for all" in answer.stdout
