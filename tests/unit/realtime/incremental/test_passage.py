"""What holds for every implementation of the step, beside the exactness contract."""

import pytest
import torch
from hypothesis import given, settings

from model.conversation import UNKNOWN_SPEAKER
from model.graph import GraphRules, Kind
from model.networks.observations import Observations
from realtime.incremental.buckets import NOBODYS_SLOT
from realtime.incremental.plain.passage import IncrementalPass
from realtime.incremental.state import NOBODY
from tests.strategies import SIZES, readings, talk, untrained

RULES = GraphRules(past=3, ahead=1, cross_task_past=2, round_past=2, cause_past=2, cause_ahead=1)
SPEAKERS = {"anna": 0, "ben": 1, "cleo": 2, UNKNOWN_SPEAKER: NOBODY}


def a_network():
    """One whose sizes fill vectors, as those of networks in use do: others may round by a lane's place in a step."""
    return untrained(RULES, layers=2, features=SIZES, width=32, round_width=16)


def a_talk(seed):
    return talk(["anna", "ben", UNKNOWN_SPEAKER, "anna"] * 5, seed)


def tell(reader, network, lanes):
    """What is said of conversations side by side, each in its slot, per utterance that all of them have."""
    slots = torch.tensor([slot for slot, _ in lanes])
    size = min(len(talk.speakers) for _, talk in lanes)
    return [reader.step(slots, *arriving(network, lanes, number)) for number in range(size)]


def arriving(network, lanes, number):
    """The utterances of one number, of which a slot that nobody uses has nothing, and who spoke them."""
    observed = [talk.observed(network, number, number + 1) for _, talk in lanes]
    features = {m: torch.cat([each.features[m] for each in observed]) for m in network.settings.modalities}
    there = torch.tensor([[slot != NOBODYS_SLOT] for slot, _ in lanes])
    present = torch.cat([each.present for each in observed]) & there
    return Observations(features, present), torch.tensor([SPEAKERS[talk.speakers[number]] for _, talk in lanes])


def meant(network, reading, lane, newest):
    """What is said of one lane's utterances and candidates that there are, on one row."""
    rows = min(newest + 1, reading.emotion.shape[1])
    window, targets = network.settings.graph.window(Kind.CANDIDATE), torch.arange(-reading.pair.shape[1], 0) + 1
    candidates = targets.unsqueeze(1) + torch.arange(-window.past, window.ahead + 1)  # seen from the newest
    pairs = (targets.unsqueeze(1) >= -newest) & (candidates >= -newest) & (candidates <= 0)
    logits = reading.emotion[lane, -rows:], reading.cause[lane, -rows:], reading.pair[lane][pairs]
    return torch.cat([part.flatten() for part in logits])


def assert_said_alike(network, ours, our_lane, theirs, their_lane):
    assert len(ours) == len(theirs)
    for newest, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert torch.equal(meant(network, one, our_lane, newest), meant(network, other, their_lane, newest))


@pytest.mark.parametrize("lanes", [8, 16, 64])
def test_within_a_bucket_it_does_not_matter_to_a_single_bit_who_else_is_there(step, lanes):
    network, mine = a_network(), a_talk(0)
    others = [(slot, a_talk(slot)) for slot in range(1, lanes)]
    said = []
    for place, beside in ((0, (lanes - 1) * [(NOBODYS_SLOT, a_talk(1))]), (0, others), (lanes - 3, others)):
        reader = step(network)
        reader.state.resize(lanes + 1)
        said.append((tell(reader, network, [*beside[:place], (lanes, mine), *beside[place:]]), place))
    (alone, first), *together = said

    for theirs, place in together:
        assert_said_alike(network, alone, first, theirs, place)


def test_what_was_in_a_slot_before_its_first_utterance_is_not_read(step):
    network, mine = a_network(), a_talk(0)
    clean, used = step(network), step(network)
    for reader in (clean, used):
        reader.state.resize(2)
    used.state.features.normal_()
    used.state.speakers.fill_(SPEAKERS["anna"])

    lanes = [(1, mine)]
    assert_said_alike(network, tell(clean, network, lanes), 0, tell(used, network, lanes), 0)


def test_nobodys_slot_stays_finite(step):
    network = a_network()
    reader = step(network)
    reader.state.resize(8)
    tell(reader, network, [*7 * [(NOBODYS_SLOT, a_talk(1))], (1, a_talk(0))])

    assert reader.state.features.isfinite().all()


def test_more_room_leaves_what_is_remembered(step):
    network, mine = a_network(), a_talk(0)
    small, growing = step(network), step(network)
    for reader in (small, growing):
        reader.state.resize(2)
    said = tell(small, network, [(1, mine)])
    for newest, reading in enumerate(said):
        growing.state.resize(newest + 2)
        again = growing.step(torch.tensor([1]), *arriving(network, [(1, mine)], newest))

        assert torch.equal(meant(network, again, 0, newest), meant(network, reading, 0, newest))


@given(readings())
@settings(max_examples=8, deadline=None)
def test_every_implementation_leaves_the_same_in_the_rings(step, reading):
    network, mine = reading
    theirs, ours = IncrementalPass(network), step(network)
    for reader in (theirs, ours):
        reader.state.resize(2)
        tell(reader, network, [(1, mine)])
    newest = len(mine.speakers) - 1

    assert ours.state.newest[1] == theirs.state.newest[1] == newest
    assert torch.equal(ours.state.speakers[1], theirs.state.speakers[1])
    for name, ring in theirs.state.rings.by_name.items():
        places = [number % ring.capacity for number in range(max(0, newest + 1 - ring.capacity), newest + 1)]
        one, other = (held.state.view(name)[1, places] for held in (ours, theirs))
        assert (one - other).abs().max() <= 1e-5 * max(1.0, float(other.abs().max())), name
