import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from model.checkpoint import Card, Checkpoint
from model.conversation import Conversation, Pair, Utterance
from model.datasets import ecf
from model.decision import Decision
from model.emotions import EKMAN_LABELS
from model.encoders import minilm
from model.errors import CheckpointError, DataError, SettingsError
from model.evaluation.evaluate import Provenance, Request, evaluate, measure, report
from model.evaluation.metrics import score
from model.evaluation.reliability import calibration_error
from model.graph import GraphRules
from model.networks.predict import predict
from tests.annotated import conversation, prediction
from tests.strategies import FEATURES, untrained
from tests.tiny_minilm import tiny_minilm

GOLD = tuple(
    Conversation(
        id=str(number),
        utterances=tuple(Utterance(str(i), i, "AB"[i % 2], f"word {number} {i}") for i in range(4)),
        emotions=("neutral", "joy", "anger", "joy"),
        pairs=frozenset({Pair(1, 0), Pair(2, 2)}),
    )
    for number in range(5)
)
REQUEST = Request(data="x", format="ecf", network="mtml", delay=0)
PROVENANCE = Provenance(weights_sha256="abc", seed=3, horizon=0, decision=Decision())


class LetterEncoder:
    """Features from the last letters of a text; nothing to load."""

    settings = SimpleNamespace(context=1)

    def encode(self, inputs):
        rows = [[ord(letter) / 50 - 1 for letter in item.text[-FEATURES:].rjust(FEATURES)] for item in inputs]
        return torch.tensor(rows)


def checkpoint(rules=None) -> Checkpoint:
    network = untrained(rules or GraphRules(past=2, cross_task_past=2, cause_past=2))
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


@pytest.fixture
def loaded():
    return checkpoint()


def measured(gold, loaded, request=REQUEST):
    return measure(gold, loaded, request, lambda *_: None)


def test_measures_are_those_of_the_predictions(loaded):
    told = []
    report = measure(GOLD, loaded, REQUEST, lambda *at: told.append(at))
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


def test_a_report_of_two_conversations_worked_out_by_hand():
    gold = [
        conversation(["neutral", "joy", "anger", "fear"], [(1, 0), (1, 1), (2, 2), (3, 3)]),
        conversation(["joy", "neutral"], [(0, 0), (0, 1)], "2"),
    ]
    said = [
        conversation(["joy", "joy", "sadness", "neutral"], [(1, 0), (1, 1), (2, 2)]),
        conversation(["joy", "joy"], [(0, 0), (1, 1)], "2"),
    ]
    result = report(gold, [prediction(each) for each in said], EKMAN_LABELS, REQUEST, PROVENANCE)

    # 6 gold, 5 said, 4 of them right
    assert (result.pair_precision, result.pair_recall, result.pair_f1) == pytest.approx((4 / 5, 4 / 6, 8 / 11))
    # by emotion of the pair: joy 4 gold, 4 said, 3 right; anger and fear 1 gold, none right
    assert result.w_avg_6 == pytest.approx(4 / 6 * 6 / 8)
    row = dict(zip(result.labels, result.confusion, strict=True))
    assert row["neutral"] == (0, 0, 0, 0, 2, 0, 0)
    assert row["joy"] == (0, 0, 0, 0, 2, 0, 0)
    assert row["anger"] == (0, 0, 0, 0, 0, 1, 0)
    assert row["fear"] == (1, 0, 0, 0, 0, 0, 0)
    # itself: 4 gold, 4 said, 3 right; one before: 1, 1, 1; one later: gold alone
    spaced = {name: (of.gold, of.predicted, of.correct) for name, of in result.by_distance.items() if of.gold}
    assert spaced == {"-1": (1, 0, 0), "0": (4, 4, 3), "1": (1, 1, 1)}
    assert result.by_length["1-5"].pair_f1 == result.pair_f1
    # six emotions said with 0.8, two of them right; five links said with 0.7, four of them right
    assert result.calibration_error == pytest.approx(0.8 - 2 / 6)
    assert result.pair_calibration_error == pytest.approx(4 / 5 - 0.7)
    assert [(b.count, b.accuracy) for b in result.reliability.pair] == [(5, 4 / 5)]
    # drawn are twice the first, twice the second, or both: pair F1 6/7, 2/4 or 8/11
    assert (result.confidence["pair_f1"].low, result.confidence["pair_f1"].high) == pytest.approx((2 / 4, 6 / 7))


def test_a_report_is_json_with_everything_needed_to_repeat_it(loaded):
    request = Request(data="dev.txt", format="ecf", network="mtml", delay="offline", corrupt=0.1, seed=5)
    report = json.loads(measured(GOLD, loaded, request).model_dump_json())

    assert report["checkpoint"]["weights_sha256"] == "abc"
    assert report["checkpoint"]["seed"] == 3
    assert report["checkpoint"]["decision"]["link_threshold"] == 0.4
    assert report["delay"] == "offline"
    assert report["settings"]["data"] == "dev.txt"
    assert (report["settings"]["corrupt"], report["settings"]["seed"], report["settings"]["resamples"]) == (
        0.1,
        5,
        1000,
    )
    assert report["machine"]["packages"]["torch"] == torch.__version__
    assert set(report["per_emotion"]) == {"neutral", "anger", "disgust", "fear", "joy", "sadness", "surprise"}
    assert report["confidence"].keys() == report.keys() & {
        *("pair_f1", "pair_precision", "pair_recall", "w_avg_6", "w_avg_4", "cause_f1"),
        *("emotion_f1", "emotion_weighted_f1", "emotion_accuracy"),
    }


def test_emotions_alone_are_scored_where_nobody_annotated_pairs(loaded):
    gold = [replace(each, pairs=None) for each in GOLD]
    result, paired = measured(gold, loaded), measured(GOLD, loaded)

    of_pairs = {
        *("pair_f1", "pair_precision", "pair_recall", "w_avg_6", "w_avg_4", "cause_f1"),
        *("pair_calibration_error", "pairs", "by_distance"),
    }
    assert {name for name, value in result.model_dump().items() if value is None} == of_pairs
    assert result.reliability.pair is None
    assert result.per_emotion["joy"].pair_f1 is None
    assert "pair_f1" not in result.confidence
    assert result.confidence["emotion_f1"] == paired.confidence["emotion_f1"]
    assert result.emotion_weighted_f1 == paired.emotion_weighted_f1


def test_emotions_the_network_does_not_know_are_refused(loaded):
    gold = [replace(GOLD[0], emotions=("neutral", "frustrated", "excited", "joy"))]
    with pytest.raises(SettingsError, match=r"does not tell apart: excited, frustrated\. Give --checkpoint"):
        measured(gold, loaded)


def test_what_nobody_annotated_is_refused(loaded):
    with pytest.raises(DataError, match="conversation 1 has no emotions"):
        measured([GOLD[0], replace(GOLD[1], emotions=None)], loaded)
    with pytest.raises(DataError, match="conversation 1 has no pairs, unlike others"):
        measured([GOLD[0], replace(GOLD[1], pairs=None)], loaded)


def test_a_delay_is_enough_when_the_network_reads_no_further():
    # two layers that look one utterance ahead, and causes one more: emotions at 2, links at 3
    loaded = checkpoint(GraphRules(past=2, ahead=1, cross_task_past=2, cause_past=2, cause_ahead=1))
    unpaired = [replace(each, pairs=None) for each in GOLD]

    with pytest.raises(SettingsError, match=r"a delay of 2 .* reads 3 later ones\. Give --delay 3 or more, or"):
        measured(GOLD, loaded, REQUEST.model_copy(update={"delay": 2}))
    assert measured(unpaired, loaded, REQUEST.model_copy(update={"delay": 2})).checkpoint.horizon == 2
    at_3, later, offline = (
        measured(GOLD, loaded, REQUEST.model_copy(update={"delay": delay})) for delay in (3, 9, "offline")
    )
    assert (at_3.delay, later.delay, offline.delay) == (3, 9, "offline")
    assert at_3.pair_f1 == later.pair_f1 == offline.pair_f1
    assert at_3.checkpoint.horizon == offline.checkpoint.horizon == 3


def test_corrupt_words_are_read_and_clean_ones_are_not(loaded):
    read = []

    class Listening(LetterEncoder):
        def encode(self, inputs):
            read.extend(item.text for item in inputs)
            return super().encode(inputs)

    result = measured(GOLD, replace(loaded, encoder=Listening()), REQUEST.model_copy(update={"corrupt": 1.0}))
    assert result.utterances == 20
    assert not {utterance.text for each in GOLD for utterance in each.utterances} & set(read)


@pytest.mark.parametrize("length", [1, 500])
def test_short_and_long_conversations_are_measured(loaded, length):
    gold = [conversation(["joy"] * length, [(length - 1, max(length - 2, 0))])]
    result = measured(gold, loaded)
    assert (result.conversations, result.utterances, result.pairs) == (1, length, 1)
    assert result.confidence["pair_f1"].low == result.confidence["pair_f1"].high == pytest.approx(result.pair_f1)


def test_empty_texts_are_measured(loaded):
    tiny = tiny_minilm().eval()
    narrow = SimpleNamespace(settings=tiny.settings, encode=lambda inputs: tiny.encode(inputs)[:, :FEATURES])
    silent = replace(GOLD[0], utterances=tuple(replace(each, text="") for each in GOLD[0].utterances))
    result = measured([silent, GOLD[1]], replace(loaded, encoder=narrow))
    assert result.utterances == 8


def test_what_does_not_exist_is_refused_with_what_does(tmp_path):
    with pytest.raises(SettingsError, match=r"there is no network 'bert' to evaluate\. Choose --network mtml"):
        evaluate(tmp_path / "any.txt", network="bert")
    with pytest.raises(SettingsError, match=r"unknown data format 'tape'\. Known are ecf"):
        evaluate(tmp_path / "any.txt", data_format="tape")


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
