"""The captured step against the plain one on a CPU. Without a GPU nothing of this runs but the refusal."""

import copy

import pytest
import torch

from model.graph import GraphRules
from realtime.incremental.plain.captured import CapturedPass
from realtime.incremental.plain.passage import IncrementalPass
from tests.strategies import SIZES, talk, untrained

RULES = GraphRules(past=3, ahead=1, cross_task_past=2, round_past=2, cause_past=2, cause_ahead=1)
NETWORK = untrained(RULES, layers=2, features=SIZES, width=32, round_width=16)

on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


def readers(slots):
    plain, captured = IncrementalPass(NETWORK), CapturedPass(copy.deepcopy(NETWORK).to("cuda"))
    for reader in (plain, captured):
        reader.state.resize(slots)
    return plain, captured


def arrivals(lanes, length):
    """Slots, utterances and speakers of steps in which an utterance arrives in each of some lanes."""
    words = talk(["anna"] * lanes * length, 0)
    for number in range(length):
        observed = words.observed(NETWORK, lanes * number, lanes * (number + 1))
        yield torch.arange(1, lanes + 1), observed, (torch.arange(lanes) + number) % 3 - 1


def assert_said_alike(ours, theirs):
    for name in ("emotion", "cause", "pair"):
        torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), rtol=1e-5, atol=1e-5)


def test_a_network_on_the_cpu_is_refused():
    with pytest.raises(ValueError, match="captured on a CUDA device, and the network is on cpu"):
        CapturedPass(NETWORK)


@pytest.mark.gpu
@on_a_gpu
@pytest.mark.parametrize("lanes", [1, 8, 9, 100])
def test_a_captured_step_says_and_leaves_what_the_plain_one_does(lanes):
    plain, captured = readers(lanes + 1)
    for arrived in arrivals(lanes, length=15):
        assert_said_alike(captured.step(*arrived), plain.step(*arrived))
    features = captured.state.features.cpu()
    assert torch.equal(captured.state.newest[1:].cpu(), plain.state.newest[1:])
    assert torch.equal(captured.state.speakers[1:].cpu(), plain.state.speakers[1:])
    torch.testing.assert_close(features[1:], plain.state.features[1:], rtol=1e-5, atol=1e-5)


@pytest.mark.gpu
@on_a_gpu
def test_steps_of_all_sizes_share_the_rings_and_are_captured_once():
    plain, captured = readers(33)
    for lanes in (1, 20, 3, 32, 9, 1):
        for arrived in arrivals(lanes, length=2):
            assert_said_alike(captured.step(*arrived), plain.step(*arrived))

    assert sorted(captured._graphs) == [8, 16, 32]


@pytest.mark.gpu
@on_a_gpu
def test_steps_are_captured_anew_when_the_rings_have_moved():
    plain, captured = readers(4)
    for number, arrived in enumerate(arrivals(lanes=3, length=9)):
        if number in {3, 6}:
            for reader in (plain, captured):
                reader.state.resize(4 * number)
        assert_said_alike(captured.step(*arrived), plain.step(*arrived))


@pytest.mark.gpu
@on_a_gpu
def test_who_else_is_in_a_bucket_does_not_matter_to_a_single_bit():
    _, alone = readers(9)
    _, together = readers(9)
    for slots, observed, speakers in arrivals(lanes=8, length=12):
        first = type(observed)({m: rows[:1] for m, rows in observed.features.items()}, observed.present[:1])
        one = alone.step(slots[:1], first, speakers[:1])
        all_of_them = together.step(slots, observed, speakers)

        assert torch.equal(one.emotion[0], all_of_them.emotion[0])
        assert torch.equal(one.cause[0], all_of_them.cause[0])
