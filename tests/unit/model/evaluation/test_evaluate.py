import json
from types import SimpleNamespace

import pytest
import torch

from model.checkpoint import Card, Checkpoint
from model.conversation import Conversation, Pair, Utterance
from model.datasets import ecf
from model.decision import Decision
from model.encoders import minilm
from model.errors import CheckpointError, DataError, SettingsError
from model.evaluation.evaluate import Request, evaluate, measure
from model.evaluation.metrics import calibration_error, score
from model.graph import GraphRules
from model.networks.predict import predict
from tests.strategies import FEATURES, untrained

GOLD = tuple(
    Conversation(
        id=str(number),
        utterances=tuple(Utterance(str(i), i, "AB"[i % 2], f"word {number} {i}") for i in range(4)),
        emotions=("neutral", "joy", "anger", "joy"),
        pairs=frozenset({Pair(1, 0), Pair(2, 2)}),
    )
    for number in range(5)
)


class LetterEncoder:
    """Features from the letters of a text; nothing to load."""

    settings = SimpleNamespace(context=1)

    def encode(self, inputs):
        rows = [[ord(letter) / 50 - 1 for letter in item.text[-FEATURES:]] for item in inputs]
        return torch.tensor(rows)


@pytest.fixture
def loaded():
    network = untrained(GraphRules(past=2, cross_task_past=2, cause_past=2))
    card = Card(
        network_settings=network.settings,
        encoder_settings=minilm.Settings(),
        decision=Decision(link_threshold=0.4),
        frozen_sha256="",
        weights_sha256="abc",
        data=(),
        seed=3,
        epoch=1,
        dev={},
        training={},
    )
    return Checkpoint(LetterEncoder(), network, card)


def test_measures_are_those_of_the_predictions(loaded):
    told = []
    report = measure(
        GOLD, loaded, Request(data="x", format="ecf", network="mtml", delay=0), lambda *at: told.append(at)
    )
    predictions = predict(GOLD, loaded.encoder, loaded.network, loaded.card.decision)
    scores = score(GOLD, [prediction.conversation for prediction in predictions])

    assert report.pair_f1 == scores.pair_f1
    assert report.w_avg_6 == scores.w_avg_6
    assert (report.conversations, report.utterances, report.pairs) == (5, 20, 10)
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    confident = [row.max().item() for prediction in predictions for row in prediction.emotions]
    right = [
        a == b
        for g, p in zip(GOLD, predictions, strict=True)
        for a, b in zip(g.emotions, p.conversation.emotions, strict=True)
    ]
    assert report.calibration_error == pytest.approx(calibration_error(confident, right))
    assert report.pair_calibration_error == pytest.approx(pair_error(predictions))


def pair_error(predictions):
    chances = [chance for prediction in predictions for chance in prediction.pairs.tolist()]
    # in order of arrival: 0 <- 0; 1 <- 0 1; 2 <- 0 1 2; 3 <- 1 2 3; gold are 1 <- 0 and 2 <- 2
    causes = [False, True, False, False, False, True, False, False, False] * len(GOLD)
    return calibration_error(chances, causes)


def test_a_report_is_json_with_everything_needed_to_repeat_it(loaded):
    request = Request(data="dev.txt", format="ecf", network="mtml", delay=0)
    report = json.loads(measure(GOLD, loaded, request, lambda *_: None).model_dump_json())

    assert report["checkpoint"]["weights_sha256"] == "abc"
    assert report["checkpoint"]["seed"] == 3
    assert report["checkpoint"]["decision"]["link_threshold"] == 0.4
    assert report["settings"]["data"] == "dev.txt"
    assert report["machine"]["packages"]["torch"] == torch.__version__
    assert set(report["per_emotion"]) == {"neutral", "anger", "disgust", "fear", "joy", "sadness", "surprise"}


@pytest.mark.parametrize("option,value", [("data_format", "iemocap"), ("network", "bert")])
def test_what_does_not_exist_is_refused_with_what_does(tmp_path, option, value):
    with pytest.raises(SettingsError, match=rf"there is no \w+ '{value}' to evaluate\. Choose --\w+ (ecf|mtml)"):
        evaluate(tmp_path / "any.txt", **{option: value})


def test_data_and_weights_that_are_not_there_are_refused(tmp_path):
    data = tmp_path / "one.txt"
    data.write_text("1 1\n\n1 | A | joy | Hi . | x: 00:00:01 - 00:00:02\n")

    with pytest.raises(DataError):
        evaluate(tmp_path / "absent.txt")
    with pytest.raises(CheckpointError):
        evaluate(data, checkpoint=tmp_path)


@pytest.mark.shared
def test_the_shipped_network_reads_ecf(shared_data, tmp_path):
    few = tmp_path / "few.txt"
    lines = (shared_data / "ecf" / "dev.txt").read_text().splitlines(keepends=True)
    few.write_text("".join(lines[:15]))
    report = evaluate(few)

    assert report.utterances == sum(len(c.utterances) for c in ecf.load(few))
    assert 0 < report.emotion_accuracy <= 1
    with pytest.raises(
        SettingsError, match="a delay of 1 utterances was asked for, but the network reads 0 later ones"
    ):
        evaluate(few, delay=1)
