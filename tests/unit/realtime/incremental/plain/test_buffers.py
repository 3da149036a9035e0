import pytest
import torch

from model.graph import GraphRules
from realtime.incremental.buckets import LEAST_LANES, NOBODYS_SLOT
from realtime.incremental.plain.buffers import Buffers
from realtime.incremental.plain.passage import IncrementalPass
from realtime.incremental.state import NOBODY
from tests.strategies import SIZES, talk, untrained

RULES = GraphRules(past=2, ahead=1, cross_task_past=2, round_past=1, cause_past=2, cause_ahead=1)
SPEAKERS = torch.tensor([0, NOBODY, 4])
SLOTS = torch.tensor([3, 1, 5])


@pytest.fixture(params=[SIZES, {"text": 6}], ids=["all", "text"])
def network(request):
    return untrained(RULES, layers=2, features=request.param)


def test_a_step_through_buffers_says_and_leaves_what_a_step_without_them_does(network):
    plain, buffered, buffers = IncrementalPass(network), IncrementalPass(network), Buffers(network, LEAST_LANES)
    for reader in (plain, buffered):
        reader.state.resize(6)
    words = talk(["anna"] * 30, 0)
    for number in range(10):
        observed = words.observed(network, 3 * number, 3 * number + 3)
        buffers.fill(SLOTS, observed, SPEAKERS)
        buffers.send()
        buffers.keep(buffered.step(*buffers.inputs()))
        buffers.fetch()
        ours, theirs = buffers.reading(3), plain.step(SLOTS, observed, SPEAKERS)

        for name in ("emotion", "cause", "pair"):
            torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-6)
    assert torch.equal(buffered.state.newest[1:], plain.state.newest[1:])
    assert torch.equal(buffered.state.speakers[1:], plain.state.speakers[1:])
    torch.testing.assert_close(buffered.state.features[1:], plain.state.features[1:], rtol=1e-5, atol=1e-5)


def test_lanes_in_which_nothing_arrives_are_nobodys(network):
    buffers = Buffers(network, LEAST_LANES)
    modalities = len(network.settings.modalities)
    for arrived in (3, 2):  # the third lane is forgotten again
        observed = talk(["anna"] * arrived, 0).observed(network, 0, arrived)
        buffers.fill(SLOTS[:arrived], observed, SPEAKERS[:arrived])
        buffers.send()
        slots, read, speakers = buffers.inputs()

        assert slots.tolist() == [*SLOTS[:arrived].tolist(), *(LEAST_LANES - arrived) * [NOBODYS_SLOT]]
        assert speakers.tolist() == [*SPEAKERS[:arrived].tolist(), *(LEAST_LANES - arrived) * [NOBODY]]
        assert read.present.shape == (LEAST_LANES, modalities)
        assert torch.equal(read.present[:arrived], observed.present)
        assert not read.present[arrived:].any()
        for modality, rows in read.features.items():
            assert torch.equal(rows[:arrived], observed.features[modality])
            assert not rows[arrived:].any()


def test_at_first_nothing_has_arrived(network):
    slots, observed, speakers = Buffers(network, LEAST_LANES).inputs()

    assert slots.tolist() == LEAST_LANES * [NOBODYS_SLOT]
    assert speakers.tolist() == LEAST_LANES * [NOBODY]
    assert not observed.present.any()


def test_nothing_moves_between_steps(network):
    buffers = Buffers(network, LEAST_LANES)

    def addresses():
        slots, observed, speakers = buffers.inputs()
        return [part.data_ptr() for part in (slots, speakers, *observed.features.values())]

    before = addresses()
    buffers.fill(SLOTS, talk(["anna"] * 3, 0).observed(network, 0, 3), SPEAKERS)
    buffers.send()

    assert addresses() == before


def test_a_step_asks_for_no_value_and_makes_nothing_on_another_device(network):
    network = network.to("meta")  # where tensors have a shape and no values
    reader, buffers = IncrementalPass(network), Buffers(network, LEAST_LANES)
    reader.state.resize(LEAST_LANES)
    reading = reader.step(*buffers.inputs())
    buffers.keep(reading)

    assert reading.pair.device.type == "meta"
    assert reading.pair.shape == (LEAST_LANES, network.settings.cause_horizon + 1, 4)
