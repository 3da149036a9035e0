import numpy as np
from hypothesis import given, settings

from model.emotions import EKMAN_LABELS
from model.evaluation.counts import DISTANCES, Ratio, add_up, count
from tests.annotated import conversation, splits


def test_causes_are_counted_by_how_far_before_the_emotion_they_lie():
    gold = conversation(["joy"] * 12, [(6, 11), (6, 9), (6, 8), (6, 7), (6, 6), (6, 5), (6, 4), (6, 3), (6, 2), (6, 0)])
    said = conversation(["joy"] * 12, [(6, 10), (6, 7), (6, 6), (7, 7), (6, 1)])
    pairs = count([gold], [said], EKMAN_LABELS).pairs.by_distance
    rows = dict(zip(DISTANCES, zip(pairs.gold[0], pairs.predicted[0], pairs.correct[0], strict=True), strict=True))

    # 6 <- 11 is five later and 6 <- 9 three later, both in the first group; 6 <- 0 and 6 <- 2 both in the last.
    assert rows["<=-3"] == (2, 1, 0)
    assert rows["-2"] == (1, 0, 0)
    assert rows["-1"] == (1, 1, 1)
    assert rows["0"] == (1, 2, 1)
    assert rows["1"] == rows["2"] == rows["3"] == (1, 0, 0)
    assert rows[">=4"] == (2, 1, 0)


@settings(deadline=None)
@given(splits())
def test_every_pair_has_one_distance_and_one_label_and_every_utterance_one_place(both):
    gold, said = ([pair[side] for pair in both] for side in (0, 1))
    counts = count(gold, said, EKMAN_LABELS)

    for parts in (counts.pairs.by_distance, counts.pairs.by_label):
        assert parts.gold.sum(1).tolist() == [len(c.pairs) for c in gold]
        assert parts.predicted.sum(1).tolist() == [len(c.pairs) for c in said]
    both_right = [len(a.pairs & b.pairs) for a, b in both]
    assert counts.pairs.pairs.correct.tolist() == both_right
    assert (counts.pairs.by_label.correct.sum(1) <= both_right).all()
    assert counts.pairs.causes.gold.tolist() == [len({p.cause for p in c.pairs}) for c in gold]
    assert counts.emotions.sum((1, 2)).tolist() == [len(c.utterances) for c in gold]


@settings(deadline=None)
@given(splits())
def test_sums_are_of_the_conversations_that_were_asked_for(both):
    gold, said = ([pair[side] for pair in both] for side in (0, 1))
    twice_the_first = np.zeros((1, len(both)), np.int64)
    twice_the_first[0, 0] = 2
    counts = count(gold, said, EKMAN_LABELS)

    assert (counts.weighted(twice_the_first).emotions[0] == 2 * counts.emotions[0]).all()
    assert counts.total().pairs.pairs.gold[0] == sum(len(c.pairs) for c in gold)
    assert (counts.total().emotions[0] == counts.emotions.sum(0)).all()


def test_pairs_are_not_counted_where_nobody_annotated_them():
    gold, said = conversation(["joy", "fear"], None), conversation(["joy", "joy"], [(0, 0)])
    counts = count([gold], [said], EKMAN_LABELS)

    assert counts.pairs is None
    assert counts.total().pairs is None
    assert counts.emotions.sum() == 2


def test_ratios_of_nothing_are_zero():
    nothing = Ratio(*(np.array([0, 3]) for _ in range(3)))
    assert nothing.precision.tolist() == nothing.recall.tolist() == nothing.f1.tolist() == [0, 1]


def test_adding_up_keeps_integers():
    assert add_up(np.array([[1, 2], [0, 1]]), np.array([[[1], [2]], [[10], [20]]])).tolist() == [
        [[21], [42]],
        [[10], [20]],
    ]
