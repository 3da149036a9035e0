from collections import Counter

import pytest

from model.emotions import EKMAN_LABELS
from model.evaluation.bootstrap import resamples
from model.evaluation.breakdown import LENGTHS, by_distance, by_length
from model.evaluation.counts import count
from model.evaluation.metrics import score
from tests.annotated import conversation


def test_near_causes_and_far_ones_are_scored_apart():
    gold = conversation(["joy"] * 4, [(1, 1), (2, 2), (3, 2), (0, 1)])
    said = conversation(["joy"] * 4, [(1, 1), (3, 2), (2, 1), (0, 0)])
    rows = by_distance(count([gold], [said], EKMAN_LABELS).pairs, resamples(1, seed=0))

    # itself: gold 1 and 2, said 0 and 1, one of them right; one before: gold 3, said 2 and 3, one right
    assert (rows["0"].gold, rows["0"].predicted, rows["0"].correct) == (2, 2, 1)
    assert (rows["0"].precision, rows["0"].recall, rows["0"].f1) == (0.5, 0.5, 0.5)
    assert (rows["1"].precision, rows["1"].recall) == (0.5, 1)
    assert rows["1"].f1 == pytest.approx(2 / 3)
    assert (rows["-1"].gold, rows["-1"].f1) == (1, 0)
    # one conversation can only be drawn as it is
    assert (rows["1"].confidence.low, rows["1"].confidence.high) == pytest.approx((2 / 3, 2 / 3))
    assert sum(row.gold for row in rows.values()) == 4


def test_short_conversations_and_long_ones_are_scored_apart():
    lengths = (1, 5, 6, 10, 11, 15, 16, 500)
    gold = [conversation(["joy"] * n, [(n - 1, n - 1)], str(n)) for n in lengths]
    said = [conversation(["joy"] * (n - 1) + ["fear"], [(n - 1, 0)], str(n)) for n in lengths]
    rows = by_length(gold, count(gold, said, EKMAN_LABELS), EKMAN_LABELS)

    assert list(rows) == list(LENGTHS)
    assert {name: (row.conversations, row.utterances) for name, row in rows.items()} == {
        "1-5": (2, 6),
        "6-10": (2, 16),
        "11-15": (2, 26),
        "16+": (2, 516),
    }
    for (name, row), (a, b) in zip(rows.items(), ((0, 1), (2, 3), (4, 5), (6, 7)), strict=True):
        scores = score([gold[a], gold[b]], [said[a], said[b]])
        assert (row.pairs, row.pair_f1, row.w_avg_6) == (2, scores.pair_f1, scores.w_avg_6), name
        assert row.emotion_weighted_f1 == pytest.approx(scores.emotion_weighted_f1)
        assert row.emotion_accuracy == pytest.approx(scores.emotion_accuracy)


def test_lengths_that_do_not_occur_are_empty_and_unannotated_pairs_are_unknown():
    gold = [conversation(["joy", "fear"], None)]
    rows = by_length(gold, count(gold, [conversation(["joy", "joy"], [])], EKMAN_LABELS), EKMAN_LABELS)

    assert Counter(row.conversations for row in rows.values()) == {1: 1, 0: 3}
    assert (rows["1-5"].pairs, rows["1-5"].pair_f1, rows["1-5"].w_avg_6) == (None, None, None)
    assert rows["1-5"].emotion_accuracy == 0.5
    assert rows["16+"].emotion_accuracy == 0
