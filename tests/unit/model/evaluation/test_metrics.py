import dataclasses
import random
from itertools import chain

import pytest

from model.emotions import EKMAN_LABELS
from model.evaluation.counts import count
from model.evaluation.metrics import score
from tests.annotated import conversation

GOLD = (
    conversation(["neutral", "joy", "anger", "fear"], [(1, 0), (1, 1), (2, 2), (3, 3)]),
    conversation(["joy", "neutral"], [(0, 0), (0, 1)], "2"),
)
SAID = (
    conversation(["joy", "joy", "sadness", "neutral"], [(1, 0), (1, 1), (2, 2), (0, 0)]),
    conversation(["joy", "joy"], [(0, 0), (1, 1)], "2"),
)


def test_pairs_are_counted_over_the_whole_split():
    scores = score(GOLD, SAID)

    # 6 gold, 6 predicted, 4 in both: (1; 1, 0), (1; 1, 1), (1; 2, 2), (2; 0, 0). The emotion need not match.
    assert (scores.pair_precision, scores.pair_recall, scores.pair_f1) == pytest.approx((4 / 6, 4 / 6, 4 / 6))
    assert (scores.conversations, scores.utterances, scores.pairs) == (2, 6, 6)


def test_a_wrong_category_costs_both_classes():
    scores = score(GOLD, SAID)

    # joy: 4 gold, 5 predicted, 3 right -> 6/9. anger and fear: 1 gold each, none right.
    assert scores.per_emotion["joy"].pair_f1 == pytest.approx(6 / 9)
    assert scores.w_avg_6 == pytest.approx(4 / 6 * 6 / 9)
    assert scores.w_avg_4 == pytest.approx(4 / 5 * 6 / 9)


def test_emotions_and_causes_of_utterances():
    scores = score(GOLD, SAID)

    # gold not neutral: 4; predicted: 5; both: 3 -> 6/9
    assert scores.emotion_f1 == pytest.approx(6 / 9)
    assert scores.emotion_accuracy == pytest.approx(2 / 6)
    # joy: 2 gold, 4 predicted, 2 right -> 4/6, support 2 of 6; every other class scores 0
    assert scores.emotion_weighted_f1 == pytest.approx(2 / 6 * 4 / 6)
    # gold causes {1: 0 1 2 3, 2: 0 1}, predicted {1: 0 1 2, 2: 0 1} -> 2*5/(6+5)
    assert scores.cause_f1 == pytest.approx(10 / 11)


def test_a_perfect_prediction_scores_one_and_an_empty_one_zero():
    silent = tuple(conversation(["neutral"] * len(c.utterances), [], c.id) for c in GOLD)
    perfect, nothing = score(GOLD, GOLD), score(GOLD, silent)

    measures = ("pair_f1", "w_avg_6", "w_avg_4", "emotion_f1", "emotion_weighted_f1", "emotion_accuracy", "cause_f1")
    assert all(getattr(perfect, measure) == pytest.approx(1.0) for measure in measures)
    assert (nothing.pair_f1, nothing.pair_precision, nothing.w_avg_6, nothing.emotion_f1) == (0, 0, 0, 0)
    assert score((), ()).emotion_accuracy == 0


def test_agrees_with_scikit_learn_where_it_has_the_measure():
    metrics = pytest.importorskip("sklearn.metrics")
    chance = random.Random(5)
    gold, said = (
        [chance.choices(EKMAN_LABELS, [6, 3, 1, 1, 4, 2, 3], k=20) for _ in range(10)],
        [chance.choices(EKMAN_LABELS, [5, 3, 0, 1, 4, 2, 3], k=20) for _ in range(10)],
    )
    scores = score(*([conversation(labels, [], str(i)) for i, labels in enumerate(side)] for side in (gold, said)))
    true, guess = list(chain(*gold)), list(chain(*said))

    weighted = metrics.f1_score(true, guess, labels=EKMAN_LABELS, average="weighted", zero_division=0)
    binary = metrics.f1_score([label != "neutral" for label in true], [label != "neutral" for label in guess])
    assert scores.emotion_weighted_f1 == pytest.approx(weighted)
    assert scores.emotion_accuracy == pytest.approx(metrics.accuracy_score(true, guess))
    assert scores.emotion_f1 == pytest.approx(binary)
    for label in EKMAN_LABELS:
        of_one = metrics.precision_score(true, guess, labels=[label], average="micro", zero_division=0)
        assert scores.per_emotion[label].precision == pytest.approx(of_one)


def test_each_class_and_the_confusion_agree_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    chance = random.Random(6)
    true, guess = (chance.choices(EKMAN_LABELS, [6, 3, 1, 1, 4, 2, 3], k=300) for _ in range(2))
    gold, said = ([conversation(labels[i : i + 10], [], str(i)) for i in range(0, 300, 10)] for labels in (true, guess))
    per_emotion = score(gold, said).per_emotion

    of_each = metrics.precision_recall_fscore_support(true, guess, labels=EKMAN_LABELS, zero_division=0)
    for label, *row in zip(EKMAN_LABELS, *(values.tolist() for values in of_each), strict=True):
        own = per_emotion[label]
        assert (own.precision, own.recall, own.f1, own.utterances) == pytest.approx(row)
    matrix = metrics.confusion_matrix(true, guess, labels=EKMAN_LABELS)
    assert count(gold, said, EKMAN_LABELS).total().emotions[0].tolist() == matrix.tolist()


def test_pairs_agree_with_scikit_learn_over_all_that_could_be_pairs():
    metrics = pytest.importorskip("sklearn.metrics")
    chance = random.Random(7)
    could = [(emotion, cause) for emotion in range(9) for cause in range(9)]
    gold, said = ([{place for place in could if chance.random() < 0.2} for _ in range(5)] for _ in range(2))
    scores = score(
        *([conversation(["joy"] * 9, pairs, str(i)) for i, pairs in enumerate(side)] for side in (gold, said))
    )

    true, guess = ([place in pairs for pairs in side for place in could] for side in (gold, said))
    of_pairs = metrics.precision_recall_fscore_support(true, guess, average="binary")[:3]
    assert (scores.pair_precision, scores.pair_recall, scores.pair_f1) == pytest.approx(of_pairs)
    assert scores.w_avg_6 == pytest.approx(scores.pair_f1)


def test_other_labels_can_be_scored_too():
    labels = ("neutral", "happy", "excited")
    scores = score(
        [conversation(["happy", "neutral", "excited"], [])], [conversation(["happy", "happy", "excited"], [])], labels
    )
    assert scores.emotion_accuracy == pytest.approx(2 / 3)
    assert list(scores.per_emotion) == list(labels)


def test_predictions_must_be_of_the_same_conversations():
    shorter = (conversation(["joy"], [], "1"), SAID[1])
    bare = dataclasses.replace(SAID[0], pairs=None)

    with pytest.raises(ValueError, match="different conversations"):
        score(GOLD, SAID[::-1])
    with pytest.raises(ValueError, match="conversation 1 differs in length"):
        score(GOLD, shorter)
    with pytest.raises(ValueError, match="conversation 1 has no emotions or no pairs"):
        score(GOLD, (bare, SAID[1]))
