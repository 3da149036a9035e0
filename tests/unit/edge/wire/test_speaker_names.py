"""What speakers are called for readers, whatever they are called within."""

import pytest

from edge.wire.speaker_names import SpeakerNames
from realtime.events import SpeakersMerged
from tests.conversation_events import CONVERSATION, heard


def merged(kept: str, gone: str) -> SpeakersMerged:
    return SpeakersMerged(CONVERSATION, kept, gone)


@pytest.fixture
def names():
    known = SpeakerNames()
    for index, speaker in enumerate(("s1", "s2", "s3")):
        known.heard(heard(index, speaker=speaker))
    return known


def shown(names: SpeakerNames, speaker: str) -> str:
    return names.heard(heard(9, speaker=speaker)).speaker.id


def test_a_name_holds_from_now_on_and_can_be_changed(names):
    names.relabel("s1", "Ann")
    assert shown(names, "s1") == "Ann"
    names.relabel("Ann", "Anne")
    assert shown(names, "s1") == "Anne"
    assert names.given == {"s1": "Anne"}
    assert names.knows("Anne")
    assert not names.knows("Ann")
    assert not names.knows("s1")


def test_two_who_are_called_the_same_are_one_for_readers(names):
    names.relabel("s1", "Ann")
    names.relabel("s2", "Ann")
    assert [shown(names, speaker) for speaker in ("s1", "s2", "s3")] == ["Ann", "Ann", "s3"]
    names.relabel("Ann", "s3")
    assert [shown(names, speaker) for speaker in ("s1", "s2", "s3")] == ["s3"] * 3


def test_everything_somebody_was_ever_called_is_known(names):
    names.relabel("s1", "Ann")
    names.relabel("Ann", "Anne")
    for name in ("s1", "Ann", "Anne"):
        assert names.ids(name) == {"s1", "Ann", "Anne"}
    assert names.ids("s2") == {"s2"}
    assert names.ids("nobody") == frozenset()


@pytest.mark.parametrize(
    "relabelled, told",
    [
        ({}, ("s1", "s2")),
        ({"s1": "Ann"}, ("Ann", "s2")),
        ({"s2": "Ann"}, ("Ann", "s1")),
        ({"s1": "Ann", "s2": "Ben"}, ("Ann", "Ben")),
        ({"s1": "Ann", "s2": "Ann"}, ("Ann", "Ann")),
    ],
)
def test_a_given_name_outlives_the_finding_that_two_are_one(names, relabelled, told):
    for speaker, name in relabelled.items():
        names.relabel(speaker, name)
    assert names.merged(merged("s1", "s2")) == told
    assert shown(names, "s1") == told[0]
    assert {"s1", "s2", *told} <= names.ids(told[0])


def test_who_is_forgotten_is_called_by_the_id_again(names):
    names.relabel("s1", "Ann")
    names.relabel("s2", "Ben")
    names.forget({"s1", "Ann"})
    assert [shown(names, speaker) for speaker in ("s1", "s2")] == ["s1", "Ben"]
    assert names.ids("Ann") == frozenset()
    names.forget(None)
    assert names.given == {}


def test_memory_does_not_grow_with_the_people():
    names = SpeakerNames()
    for number in range(3_000):
        names.heard(heard(0, speaker=f"p{number}"))
        names.relabel(f"p{number}", f"q{number}")
    assert len(names.given) <= 1_024
    assert len(names.ids("q2999")) == 2


def test_names_are_kept_for_a_new_start(names):
    names.relabel("s1", "Ann")
    again = SpeakerNames(names.given)
    assert shown(again, "s1") == "Ann"
    assert again.ids("Ann") == {"s1", "Ann"}
