import pytest
import torch

from model.graph import GraphRules
from realtime.incremental.fused.passage import FusedPass
from tests.strategies import SIZES, talk, untrained

RULES = GraphRules(past=3, ahead=1, cross_task_past=2, round_past=2, cause_past=2)


@pytest.mark.parametrize("lanes", [1, 9, 40])
def test_what_is_said_does_not_depend_on_the_number_of_threads(lanes):
    network = untrained(RULES, features=SIZES)
    one, two = FusedPass(network, threads=1), FusedPass(network, threads=2)
    for reader in (one, two):
        reader.state.resize(lanes + 1)
    words, slots = talk(["anna"] * lanes * 6, 0), torch.randperm(lanes) + 1
    for number in range(6):
        arriving = words.observed(network, number * lanes, (number + 1) * lanes), torch.arange(lanes) % 3
        ours, theirs = (reader.step(slots, *arriving) for reader in (two, one))

        assert torch.equal(ours.emotion, theirs.emotion)
        assert torch.equal(ours.cause, theirs.cause)
        assert torch.equal(ours.pair, theirs.pair)
    assert torch.equal(two.state.features, one.state.features)
    assert torch.equal(two.state.speakers, one.state.speakers)


def test_a_network_of_another_type_or_elsewhere_is_refused():
    for other in (untrained(RULES).double(), untrained(RULES).to("meta")):
        with pytest.raises(ValueError, match="float32 on a CPU alone"):
            FusedPass(other)
