import io

import pytest
from rich.console import Console

from model.decision import Decision
from model.emotions import EKMAN_LABELS
from tests.annotated import conversation, prediction

pytest.importorskip("torch_geometric", reason="evaluating needs the extra train")
from edge.evaluation_view import WITHOUT_PAIRS, EvaluationProgress, as_tables
from model.evaluation.evaluate import Provenance, Request, report


def shown(gold, said, **asked) -> list[str]:
    request = Request(data="dev.txt", format="ecf", network="mtml", delay=0).model_copy(update=asked)
    provenance = Provenance(weights_sha256="", seed=1, horizon=0, decision=Decision())
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(as_tables(report(gold, [prediction(each) for each in said], EKMAN_LABELS, request, provenance)))
    return console.export_text().splitlines()


def row(lines: list[str], name: str) -> list[str]:
    return next(line for line in lines if line.startswith(f"{name} ")).removeprefix(name).split()


GOLD = [conversation(["neutral", "joy", "anger"], [(1, 0), (1, 1), (2, 2), (2, 1)])]
SAID = [conversation(["joy", "joy", "anger"], [(1, 0), (1, 1), (0, 0)])]


def test_figures_stand_beside_their_names():
    lines = shown(GOLD, SAID)

    assert lines[0] == "dev.txt (ecf): 1 conversation, 3 utterances, 4 pairs"
    assert lines[1] == "mtml, delay 0: it reads no later utterances"
    # 4 gold, 3 said, 2 right
    assert row(lines, "pair F1") == ["0.571", "0.571", "to", "0.571"]
    assert row(lines, "pair precision")[0] == "0.667"
    # joy: 1 utterance, said twice; its pairs: 2 gold, 3 said, 2 right
    assert row(lines, "joy") == ["0.500", "1.000", "0.667", "1", "0.667", "1.000", "0.800", "2"]
    assert row(lines, "0") == ["2", "2", "0.500", "0.500", "0.500", "0.500", "to", "0.500"]
    assert row(lines, "1-5") == ["1", "4", "0.571", "0.400", "0.556", "0.667"]
    assert not any(line.startswith("16+") for line in lines)
    assert max(map(len, lines)) <= 80


def test_who_is_taken_for_whom_is_a_row_of_numbers():
    lines = shown(GOLD, SAID)
    start = next(number for number, line in enumerate(lines) if line.startswith("Annotated emotion"))
    matrix = lines[start + 1 : start + 9]
    assert matrix[0].split() == list(EKMAN_LABELS)
    assert matrix[1].split() == ["neutral", "0", "0", "0", "0", "1", "0", "0"]
    assert matrix[2].split() == ["anger", "0", "1", "0", "0", "0", "0", "0"]


def test_without_annotated_pairs_there_are_no_figures_of_pairs_and_one_line_says_why():
    lines = shown([conversation(["neutral", "joy", "anger"], None)], SAID)
    assert WITHOUT_PAIRS in lines
    assert not any("pair" in line for line in lines if line != WITHOUT_PAIRS)
    assert row(lines, "joy") == ["0.500", "1.000", "0.667", "1"]


def test_what_was_asked_is_said():
    lines = shown(GOLD, SAID, corrupt=0.2, seed=4, delay="offline")
    assert lines[1] == "mtml, offline: it reads no later utterances; 20% of the words corrupted, seed 4"


def test_the_bar_stays_off_stdout(capsys):
    with EvaluationProgress() as progress:
        progress.read(1, 2)
    assert capsys.readouterr().out == ""
