import random

import numpy as np
import pytest

from model.emotions import EKMAN_LABELS
from model.evaluation.bootstrap import RESAMPLES, interval, intervals, resamples
from model.evaluation.counts import count
from model.evaluation.metrics import measures
from tests.annotated import conversation


def confidence(conversations: int, seed: int = 0):
    chance = random.Random(4)
    gold, said = [], []
    for number in range(conversations):
        length = chance.randint(2, 12)
        emotions = chance.choices(EKMAN_LABELS, k=length)
        guess = [label if chance.random() < 0.6 else "joy" for label in emotions]
        pairs = {(i, max(i - chance.choice((0, 0, 1, 2)), 0)) for i in range(length)}
        gold.append(conversation(emotions, pairs, str(number)))
        said.append(conversation(guess, {(e, c) for e, c in pairs if chance.random() < 0.7} | {(0, 1)}, str(number)))
    counts = count(gold, said, EKMAN_LABELS)
    points = {name: float(figure[0]) for name, figure in measures(counts.total(), EKMAN_LABELS).items()}
    return points, intervals(measures(counts.weighted(resamples(conversations, seed)), EKMAN_LABELS))


def test_every_measure_lies_in_its_interval():
    points, spread = confidence(60)
    assert points.keys() == spread.keys()
    assert "w_avg_4" in points
    assert [name for name, point in points.items() if not spread[name].low < point < spread[name].high] == []


def test_more_conversations_make_it_narrower():
    (_, few), (_, many) = confidence(25), confidence(400)
    for name in few:
        # four standard errors of 16 times as many are those of a quarter of the width, give or take
        assert 2.5 < (few[name].high - few[name].low) / (many[name].high - many[name].low) < 7


def test_a_seed_gives_the_same_interval_again():
    assert confidence(20, seed=3) == confidence(20, seed=3)
    assert confidence(20, seed=3)[1] != confidence(20, seed=4)[1]


def test_each_resample_draws_as_many_conversations_as_there_are():
    weights = resamples(7, seed=1)
    assert weights.shape == (RESAMPLES, 7)
    assert set(weights.sum(1).tolist()) == {7}
    assert (resamples(1, seed=1) == 1).all()


def test_an_interval_holds_95_of_100_values():
    spread = interval(np.arange(1001) / 1000)
    assert (spread.low, spread.high) == pytest.approx((0.025, 0.975))
