from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from model.conversation import Utterance
from model.graph import ConversationGraph, GraphRules, Kind
from model.graph_tensors import graph_tensors

pytest.importorskip("torch_geometric")

from model.networks.offline import Reading
from model.training.examples import NOT_ANNOTATED, PAIR_NOT_ANNOTATED, Batch, Words
from model.training.losses import Loss, emotion_weights
from model.training.settings import Objective

GRAPH = graph_tensors(ConversationGraph.fold([Utterance(str(i), i, "ann", "") for i in range(3)], GraphRules()))
CANDIDATES = GRAPH.edges[Kind.CANDIDATE].relation.numel()  # 1 + 2 + 3
PLAIN = Objective(probe_weight=0, consistency_weight=0, progress_weight=0, pair_ramp=0, pair_positive_weight=1)


def batch(emotions=(0, 1, 2), causes=(0, 1, 1), pairs=(0.0,) * CANDIDATES) -> Batch:
    return Batch(Words((), ()), GRAPH, torch.tensor(emotions), torch.tensor(causes), torch.tensor(pairs))


def reading(rounds: int = 1, **changed) -> Reading:
    random = torch.Generator().manual_seed(7)
    said = tuple((torch.randn(3, 4, generator=random), torch.randn(3, 2, generator=random)) for _ in range(rounds))
    pair = changed.get("pair", torch.randn(CANDIDATES, generator=random))
    return Reading(*said[-1], pair.requires_grad_(), said)


def cost(objective: Objective, read: Reading, annotated: Batch, progress: float = 1.0) -> torch.Tensor:
    return Loss(objective, torch.tensor([1.0, 1.0, 1.0, 1.0]))(read, torch.zeros(3, 4), annotated, progress)


def test_it_is_the_cross_entropies_of_emotions_causes_and_pairs():
    read, annotated = reading(), batch(pairs=(1.0, 0.0, 1.0, 0.0, 0.0, 1.0))
    emotion = -sum(read.emotion.log_softmax(-1)[i, label] for i, label in enumerate((0, 1, 2))) / 3
    cause = -sum(read.cause.log_softmax(-1)[i, label] for i, label in enumerate((0, 1, 1))) / 3
    right = torch.where(annotated.pairs > 0, read.pair.sigmoid(), 1 - read.pair.sigmoid())
    expected = emotion + 0.5 * cause - 0.5 * right.log().sum() / 3

    torch.testing.assert_close(cost(PLAIN, read, annotated), expected)


def test_what_nobody_annotated_costs_nothing():
    read = reading()
    nothing = batch((NOT_ANNOTATED,) * 3, (NOT_ANNOTATED,) * 3, (PAIR_NOT_ANNOTATED,) * CANDIDATES)

    assert cost(PLAIN, read, nothing).item() == 0


def test_pairs_begin_to_count_as_training_goes_on():
    read, ramped = reading(), PLAIN.model_copy(update={"pair_ramp": 0.2})
    without, half, full = (cost(ramped, read, batch(), progress).item() for progress in (0.0, 0.1, 0.5))

    assert without < half < full
    assert half - without == pytest.approx((full - without) / 2, rel=1e-5)


def test_a_later_round_counts_more():
    read = reading(rounds=2)
    first, second = (cost(PLAIN, Reading(*said, read.pair, (said,)), batch()) for said in read.rounds)
    pair = cost(PLAIN, read, batch((NOT_ANNOTATED,) * 3, (NOT_ANNOTATED,) * 3))

    torch.testing.assert_close(cost(PLAIN, read, batch()) - pair, (first - pair) / 3 + (second - pair) * 2 / 3)


def test_a_round_that_is_worse_than_the_one_before_is_held_against_it():
    good, bad = torch.tensor([[9.0, 0, 0, 0]] * 3), torch.tensor([[0.0, 9, 0, 0]] * 3)
    cause = torch.zeros(3, 2)
    held = PLAIN.model_copy(update={"progress_weight": 1.0})

    def added(first: torch.Tensor, second: torch.Tensor) -> float:
        read = Reading(second, cause, torch.zeros(CANDIDATES), ((first, cause), (second, cause)))
        return (cost(held, read, batch((0, 0, 0))) - cost(PLAIN, read, batch((0, 0, 0)))).item()

    assert added(good, bad) == pytest.approx(9.0, abs=0.01)
    assert added(bad, good) == 0


def test_a_pair_more_probable_than_its_parts_costs():
    neutral = torch.tensor([[20.0, 0, 0, 0]] * 3)  # nobody feels anything
    no_cause = torch.tensor([[20.0, 0]] * 3)
    sure = torch.full((CANDIDATES,), 20.0)
    fitted = PLAIN.model_copy(update={"consistency_weight": 1.0})

    def added(pair: torch.Tensor) -> float:
        read = Reading(neutral, no_cause, pair, ((neutral, no_cause),))
        return (cost(fitted, read, batch()) - cost(PLAIN, read, batch())).item()

    assert added(sure) == pytest.approx(0.5 * CANDIDATES / 3, rel=1e-3)
    assert added(-sure) == pytest.approx(0, abs=1e-6)


def test_rare_emotions_weigh_more_and_neutral_one():
    shown = [
        SimpleNamespace(emotions=torch.tensor([0, 1, 1, NOT_ANNOTATED])),
        SimpleNamespace(emotions=torch.tensor([1, 1, 2])),
    ]
    even = emotion_weights(shown, 4, Objective(emotional_weight=2, balance=0))
    full = emotion_weights(shown, 4, Objective(emotional_weight=2, balance=1))

    assert even.tolist() == [1, 2, 2, 2]
    assert full[0] == 1
    assert full[2] == pytest.approx(4 * full[1])
    assert torch.isfinite(full).all()


def test_what_is_taken_from_the_right_emotion_costs_and_what_is_added_does_not():
    read, harmful = reading(), PLAIN.model_copy(update={"harm_weight": 3.0})
    gold = torch.tensor([0, 1, 2])
    surer = read.emotion + 4 * torch.nn.functional.one_hot(gold, 4)
    loss = Loss(harmful, torch.ones(4))
    plain, taken, added = (
        loss(read, torch.zeros(3, 4), batch(), 1.0, alone).item()
        for alone in (None, surer, read.emotion - 4 * torch.nn.functional.one_hot(gold, 4))
    )
    lost = (surer.softmax(-1) - read.emotion.softmax(-1)).gather(-1, gold[:, None]).mean().item()
    assert added == plain
    assert taken == pytest.approx(plain + 3.0 * lost, rel=1e-5)
    wordless = replace(batch(), worded=torch.zeros(3, dtype=torch.bool))
    assert loss(read, torch.zeros(3, 4), wordless, 1.0, surer).item() == plain
