"""Who is who, on vectors whose likeness is known."""

import numpy as np
import pytest

from model.conversation import UNKNOWN_SPEAKER
from realtime.events import SpeakerKind, VoiceHeard
from realtime.voices.encoder import VECTOR
from realtime.voices.people import ClusteredPeople, Enrolled, VoiceSettings

EVERY_S = 0.2
STRANGERS = 0.5
"""How alike the voices of different people are here."""


class Voices:
    """People whose voices are alike by `STRANGERS`, and stretches of their speech that scatter around them."""

    def __init__(self, people=40, seed=0):
        self.random = np.random.default_rng(seed)
        common = np.sqrt(STRANGERS) * np.eye(people + 1)[-1]
        own = np.sqrt(1 - STRANGERS) * np.eye(people + 1)[:people]
        self.voices = np.zeros((people, VECTOR))
        self.voices[:, : people + 1] = own + common

    def say(self, *turns, start_s=0.0, scatter=0.35):
        """A segment: (person, stretches) one after the other."""
        rows = np.concatenate([np.repeat(self.voices[[person]], stretches, axis=0) for person, stretches in turns])
        noise = self.random.normal(size=rows.shape)
        rows = rows + scatter * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        middles_s = start_s + 0.6 + EVERY_S * np.arange(len(rows))
        return VoiceHeard("s0", 0, start_s, middles_s[-1] + 0.6, middles_s, rows.astype(np.float32))


@pytest.fixture
def voices():
    return Voices()


@pytest.fixture
def people():
    return ClusteredPeople(VoiceSettings())


def ids(people, heard):
    return [turn.speaker.id for turn in people.identify(heard).turns]


def test_people_keep_their_ids_and_are_numbered_as_they_come(people, voices):
    order = [3, 7, 3, 3, 1, 7, 1, 3]
    names = [ids(people, voices.say((person, 10))) for person in order]
    assert names == [["s1"], ["s2"], ["s1"], ["s1"], ["s3"], ["s2"], ["s3"], ["s1"]]


def test_who_comes_back_after_ten_minutes_is_known(people, voices):
    ids(people, voices.say((0, 10)))
    for minute in range(10):
        ids(people, voices.say((1, 20), (2, 20), start_s=60.0 * minute))
    (turn,) = people.identify(voices.say((0, 10), start_s=640.0)).turns
    assert (turn.speaker.id, turn.speaker.kind) == ("s1", SpeakerKind.DIARIZED)
    assert turn.speaker.confidence > 0.8


def test_a_new_conversation_knows_nobody(voices):
    assert ids(ClusteredPeople(VoiceSettings()), voices.say((5, 10))) == ["s1"]
    assert ids(ClusteredPeople(VoiceSettings()), voices.say((6, 10))) == ["s1"]


def test_a_change_of_voices_within_a_segment_is_found_where_it_is(people, voices):
    ids(people, voices.say((0, 10)))
    ids(people, voices.say((1, 10)))
    heard = voices.say((0, 8), (1, 9), start_s=30.0)
    first, second = people.identify(heard).turns
    assert (first.speaker.id, second.speaker.id) == ("s1", "s2")
    assert (first.start_s, second.end_s) == (heard.start_s, heard.end_s)
    assert first.end_s == second.start_s == pytest.approx(30.0 + 0.6 + 7.5 * EVERY_S)


def test_a_segment_of_two_strangers_makes_both_known(people, voices):
    assert ids(people, voices.say((4, 9), (2, 12))) == ["s1", "s2"]
    assert ids(people, voices.say((2, 9))) == ["s2"]
    assert ids(people, voices.say((4, 9))) == ["s1"]


def test_too_little_of_a_stranger_is_unknown_and_of_somebody_known_is_not(people, voices):
    assert ids(people, voices.say((0, 2))) == [UNKNOWN_SPEAKER]
    assert ids(people, voices.say((0, 10))) == ["s1"]
    assert ids(people, voices.say((0, 1))) == ["s1"]
    (turn,) = people.identify(voices.say((1, 2))).turns
    assert (turn.speaker.kind, turn.speaker.confidence) == (SpeakerKind.UNKNOWN, 0.0)


def test_without_a_voice_nobody_is_known(people):
    nothing = VoiceHeard("s0", 0, 1.0, 1.3, np.zeros(0), np.zeros((0, VECTOR), np.float32))
    (turn,) = people.identify(nothing).turns
    assert (turn.speaker.id, turn.start_s, turn.end_s) == (UNKNOWN_SPEAKER, 1.0, 1.3)


def test_noise_that_is_no_one_voice_makes_nobody_known(people, voices):
    for second in range(50):
        assert ids(people, voices.say((0, 8), start_s=3.0 * second, scatter=3.0)) == [UNKNOWN_SPEAKER]


def test_two_at_once_are_no_third_person(people, voices):
    for person in (0, 1):
        ids(people, voices.say((person, 15)))
    voices.voices[30] = voices.voices[0] + voices.voices[1]
    voices.voices[30] /= np.linalg.norm(voices.voices[30])
    settled = ids(people, voices.say((30, 12), scatter=0.5))
    assert set(settled) <= {"s1", "s2", UNKNOWN_SPEAKER}
    assert ids(people, voices.say((2, 10))) == ["s3"]


def test_two_who_turn_out_to_be_one_are_said_once_and_called_by_the_first_id(people, voices):
    start, goal = voices.voices[0].copy(), voices.voices[1].copy()
    ids(people, voices.say((0, 10)))
    ids(people, voices.say((1, 10)))
    merged = []
    for step in np.linspace(0.0, 1.0, 30):  # the second voice becomes the first
        voices.voices[1] = (1 - step) * goal + step * start
        voices.voices[1] /= np.linalg.norm(voices.voices[1])
        merged += people.identify(voices.say((1, 30), scatter=0.2)).merged
    assert merged == [("s1", "s2")]
    assert ids(people, voices.say((1, 10))) == ["s1"]


def test_no_more_people_are_told_apart_than_allowed_and_nothing_grows(voices):
    people = ClusteredPeople(VoiceSettings(most_people=4))
    for number in range(2000):
        people.identify(voices.say((number % 40, 6), start_s=2.0 * number))
    assert len(people._people) <= 4
    assert all(np.linalg.norm(person.voice) <= 100.001 for person in people._people)


def test_who_is_enrolled_is_called_by_name_and_stays_apart_from_others(voices):
    enrolled = [Enrolled(name, voices.voices[person].astype(np.float32)) for name, person in (("Zoë", 0), ("Ann", 1))]
    people = ClusteredPeople(VoiceSettings(), enrolled)
    heard = [people.identify(voices.say((person, 10))).turns[0].speaker for person in (1, 5, 0, 5)]
    assert [speaker.id for speaker in heard] == ["Ann", "s1", "Zoë", "s1"]
    assert [speaker.kind for speaker in heard[:2]] == [SpeakerKind.ENROLLED, SpeakerKind.DIARIZED]


def test_twins_who_are_enrolled_are_not_made_one(voices):
    same = voices.voices[0].astype(np.float32)
    people = ClusteredPeople(VoiceSettings(), [Enrolled("Ann", same), Enrolled("Eve", same)])
    assert people.identify(voices.say((0, 10))).merged == ()


def test_people_are_known_again_in_another_process(people, voices):
    for person in (3, 7, 3):
        ids(people, voices.say((person, 10)))
    again = ClusteredPeople(VoiceSettings())
    again.resume(people.save())
    assert [ids(again, voices.say((person, 10))) for person in (7, 5, 3)] == [["s2"], ["s3"], ["s1"]]


def test_who_is_enrolled_no_longer_is_not_known_by_name_again(voices):
    enrolled = [Enrolled(name, voices.voices[number].astype(np.float32)) for number, name in enumerate(("ann", "ben"))]
    before = ClusteredPeople(VoiceSettings(), enrolled)
    ids(before, voices.say((0, 10), (1, 10)))
    after = ClusteredPeople(VoiceSettings(), enrolled[:1])
    after.resume(before.save())
    assert [ids(after, voices.say((person, 10))) for person in (0, 1)] == [["ann"], ["s1"]]


@pytest.mark.parametrize("saved", [b"", b"nonsense", ClusteredPeople(VoiceSettings()).save()])
def test_from_nothing_that_can_be_read_nobody_is_known(people, voices, saved):
    people.resume(saved)
    assert ids(people, voices.say((0, 10))) == ["s1"]


def test_who_is_forgotten_is_somebody_new(people, voices):
    for person in (0, 1):
        ids(people, voices.say((person, 10)))
    assert people.forget({"s1", "nobody"}) == 1
    assert [ids(people, voices.say((person, 10))) for person in (1, 0)] == [["s2"], ["s3"]]
    assert people.forget(None) == 2
    assert ids(people, voices.say((1, 10))) == ["s4"]


def test_who_is_enrolled_is_forgotten_by_name_only(voices):
    enrolled = [Enrolled(name, voices.voices[number].astype(np.float32)) for number, name in enumerate(("ann", "ben"))]
    people = ClusteredPeople(VoiceSettings(), enrolled)
    ids(people, voices.say((0, 10), (2, 10)))
    assert people.forget(None) == 1
    assert ids(people, voices.say((0, 10), (2, 10))) == ["ann", "s2"]
    assert people.forget({"ann"}) == 1
    assert ids(people, voices.say((0, 10), (1, 10))) == ["s3", "ben"]
