import copy

import pytest
import torch

from model import checkpoint
from model.checkpoint import Card
from model.decision import Decision
from model.encoders import minilm
from model.graph import GraphRules
from model.modality import Modality
from model.networks import mtml
from model.networks.offline import OfflinePass
from realtime.incremental.fused.parameters import COLUMNS, Packed, padded
from realtime.incremental.fused.passage import FusedPass
from tests.strategies import SIZES, talk, untrained

RULES = GraphRules(past=2, ahead=1, cross_task_past=2, round_past=2, cause_past=2)
TALK = talk(["anna", "ben", "anna", "cleo", "ben"], 0)


@pytest.fixture
def network():
    return untrained(RULES, features=SIZES)


def offline(network):
    """What the offline pass says of the talk."""
    with torch.inference_mode():
        reading = OfflinePass(network)(TALK.observed(network, 0, 5), TALK.graphs(RULES)[-1])
    return torch.cat([part.flatten() for part in (reading.emotion, reading.cause, reading.pair)])


def live(step, network):
    """What a step says of the talk."""
    step.state.resize(2)
    step.state.clear(1)
    slots, speakers = torch.tensor([1]), torch.tensor([0, 1, 0, 2, 1])
    readings = [step.step(slots, TALK.observed(network, n, n + 1), speakers[n : n + 1]) for n in range(5)]
    return torch.cat([part.flatten() for it in readings for part in (it.emotion, it.cause, it.pair)])


def test_the_network_computes_what_it_did_before(network):
    before, values = offline(network), {name: value.clone() for name, value in network.state_dict().items()}
    Packed(network)

    assert torch.allclose(offline(network), before, rtol=0, atol=1e-6)
    assert all(torch.equal(value, values[name]) for name, value in network.state_dict().items())


def test_parameters_are_views_of_one_buffer(network):
    packed = Packed(network)
    start = packed.values.ctypes.data
    for tensor in (*network.parameters(), *network.buffers()):
        assert tensor.data_ptr() == start + 4 * packed.start(tensor)
    weight = network.cause_head.weight
    rows, columns = weight.shape[1], padded(weight.shape[0])
    place = packed.start(weight)

    lies = packed.values[place : place + rows * columns].reshape(rows, columns)
    assert (lies[:, : weight.shape[0]] == weight.detach().numpy().T).all()
    assert not lies[:, weight.shape[0] :].any()
    zeros = packed.start(None)
    assert not packed.values[zeros:].any()
    assert len(packed.values) - zeros >= COLUMNS


def test_a_parameter_that_changes_in_place_changes_what_a_step_says(network):
    step = FusedPass(network)
    before = live(step, network)
    with torch.no_grad():
        network.cause_head.bias += 1
    after = live(step, network)

    assert not torch.equal(after, before)
    assert torch.equal(after, live(FusedPass(network), network))


def test_a_packed_network_takes_over_other_values(network):
    other = untrained(RULES, features=SIZES, seed=1)
    step = FusedPass(network)
    network.load_state_dict(other.state_dict())

    assert torch.equal(live(step, network), live(FusedPass(other), other))
    assert torch.allclose(offline(network), offline(other), rtol=0, atol=1e-6)


def test_several_steps_share_the_parameters_of_one_network(network):
    first, second = FusedPass(network), FusedPass(network)
    with torch.no_grad():
        network.emotion_head.hidden.weight *= 2

    assert Packed(network).values.ctypes.data == Packed(network).values.ctypes.data
    assert torch.equal(live(first, network), live(second, network))
    assert torch.equal(live(first, network), live(FusedPass(copy.deepcopy(network)), network))


def test_a_copy_of_a_packed_network_has_parameters_of_its_own(network):
    step, other = FusedPass(network), copy.deepcopy(network)
    before = live(step, network)
    theirs = FusedPass(other)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()

    assert torch.equal(live(step, network), before)
    assert not torch.equal(live(theirs, other), before)


def test_a_network_whose_tensors_were_replaced_is_packed_again(network):
    before = live(FusedPass(network), network)
    network.double().float()

    assert torch.equal(live(FusedPass(network), network), before)


def test_a_checkpoint_of_a_packed_network_is_the_same_to_the_byte(tmp_path):
    encoder = minilm.create(minilm.Settings(frozen_layers=6))
    sizes = {**SIZES, Modality.TEXT: encoder.features}
    network = untrained(RULES, layers=1, features=sizes)
    card = Card(
        encoder_settings=encoder.settings,
        network_settings=network.settings,
        decision=Decision(),
        frozen_sha256=encoder.frozen_hash(),
        data=(),
        seed=1,
        epoch=1,
        dev={},
        training={},
    )
    checkpoint.save(tmp_path / "before", encoder, network, card)
    Packed(network)
    checkpoint.save(tmp_path / "after", encoder, network, card)

    for name in ("model.safetensors", "card.json"):
        assert (tmp_path / "after" / name).read_bytes() == (tmp_path / "before" / name).read_bytes()
    assert isinstance(checkpoint.load(tmp_path / "after").network, mtml.MTML)
