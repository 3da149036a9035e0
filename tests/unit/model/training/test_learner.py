import sys
from copy import deepcopy
from random import Random

import pytest
import torch
from torch.overrides import TorchFunctionMode

pytest.importorskip("torch_geometric")

from model.datasets import formats
from model.networks.mtml import Settings
from model.training.examples import prepare, present
from model.training.learner import Learner
from model.training.losses import Loss
from model.training.settings import Objective, Optimisation, Presentation
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import CONVERSATION, NETWORK

SETTINGS = Settings.model_validate(NETWORK)
MAKERS = {torch.tensor, torch.arange, torch.zeros, torch.ones, torch.full, torch.empty, torch.eye, torch.rand}


class Makers(TorchFunctionMode):
    """Notes which lines of ours make a tensor without saying on which device: on a GPU it would be on the wrong one."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.unnamed: set[str] = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in MAKERS:
            self.calls += 1
            if "device" not in (kwargs or {}):
                frame = sys._getframe(1)
                self.unnamed.add(f"{frame.f_globals['__name__']}, line {frame.f_lineno}")
        return func(*args, **(kwargs or {}))


@pytest.fixture
def examples(tmp_path):
    file = tmp_path / "data.txt"
    file.write_text("".join(CONVERSATION.format(id=i) for i in range(3)))
    return prepare(formats.load(file, "ecf"), tiny_minilm(), SETTINGS)


def new_learner(**optimisation) -> Learner:
    torch.manual_seed(1)
    settings = Optimisation(network_rate=1e-2, averaging=0.5, **optimisation)
    loss = Loss(Objective(), torch.ones(len(SETTINGS.labels)))
    return Learner(tiny_minilm(), SETTINGS, settings, loss, steps=10)


def batch_of(examples):
    return present(examples, Presentation(), Random(0))


def test_every_tensor_of_a_step_and_of_a_reading_says_where_it_is_made(examples):
    learner, makers = new_learner(), Makers()
    with makers:
        learner.step(batch_of(examples))
        learner.read(examples[0].written, examples[0].named)
    assert makers.calls > 0
    assert not {where for where in makers.unnamed if where.startswith("model.")}


def test_a_batch_goes_to_a_device_with_graph_and_targets(examples):
    moved = batch_of(examples).to(torch.device("meta"))
    tensors = [moved.emotions, moved.causes, moved.pairs]
    for edges in moved.graph.edges.values():
        tensors += [edges.index, edges.relation, edges.offset]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert moved.graph.size == 12


def test_a_restored_learner_takes_the_same_steps(examples):
    learner = new_learner()
    learner.step(batch_of(examples))
    kept = {name: value.clone() for name, value in learner.learned().items()}
    state, random = deepcopy(learner.state()), torch.get_rng_state()
    other = new_learner()
    other.restore(state)
    assert all(torch.equal(value, kept[name]) for name, value in other.learned().items())
    losses = []
    for each in (learner, other):
        torch.set_rng_state(random)
        losses.append([each.step(batch_of(examples)) for _ in range(3)])
    assert losses[0] == losses[1]
    assert learner.taken == other.taken == 4


def test_the_network_in_half_precision_learns_nearly_the_same(examples):
    exact = new_learner(half_precision=False).step(batch_of(examples))
    half = new_learner(half_network=True).step(batch_of(examples))
    assert half != exact
    assert half == pytest.approx(exact, rel=0.03)


def test_the_rate_rises_and_falls_to_zero(examples):
    learner = new_learner(warm_up=0.3)
    rates = []
    for _ in range(10):
        learner.step(batch_of(examples))
        rates.append(learner.state()["schedule"]["_last_lr"][-1])
    assert max(rates) == pytest.approx(1e-2)
    assert rates.index(max(rates)) == 1  # what the third step takes
    assert rates[-1] == 0
