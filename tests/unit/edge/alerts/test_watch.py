"""When attention is drawn to how people feel, and when that is over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.alerts.rule import MOST_WITHIN, AlertRule, refuse_unknown_emotions
from edge.alerts.watch import Alert, AlertWatch
from model.analysis import Status
from model.errors import SettingsError
from realtime.events import Understood
from tests.conversation_events import emotion, heard, understood

ANGER = {"name": "angry", "emotions": ("anger",)}


def rule(**changes: object) -> AlertRule:
    return AlertRule.model_validate(ANGER | changes)


def watch(**changes: object) -> AlertWatch:
    return AlertWatch([rule(**changes)])


def felt(
    index: int,
    label: str = "anger",
    confidence: float = 0.7,
    speaker: str = "ann",
    causes: tuple[int, ...] = (),
    by: str = "bob",
    revision: int = 1,
    status: Status = Status.FINAL,
) -> Understood:
    """What was understood of an utterance; there is one every four seconds, two seconds long."""
    said = heard(index, speaker=speaker)
    result = understood(said, label, tuple(heard(cause, speaker=by) for cause in causes), revision, status)
    return replace(result, emotion=emotion(index, label, confidence, revision, status))


def told(alerts: tuple[Alert, ...]) -> list[tuple[bool, tuple[str, ...], list[str]]]:
    return [(alert.raised, alert.speakers, [reading.utterance for reading in alert.evidence]) for alert in alerts]


def course(watch: AlertWatch, *events: Understood) -> list[bool]:
    return [alert.raised for event in events for alert in watch.understood(event)]


def test_it_is_raised_once_and_over_when_the_feeling_is():
    angry = watch()
    assert told(angry.understood(felt(0))) == [(True, ("ann",), ["u1"])]
    assert angry.understood(felt(1)) == ()
    (over,) = angry.understood(felt(2, "joy"))
    assert (over.raised, over.evidence[0].utterance) == (False, "u1")
    assert told(angry.understood(felt(3))) == [(True, ("ann",), ["u4"])]


def test_some_out_of_the_last_of_one_speaker():
    angry = watch(count=2, within_utterances=3)
    spoken = [felt(0), felt(1, "joy"), felt(2, speaker="bob"), felt(3, "joy"), felt(4)]
    assert course(angry, *spoken) == [], "of ann, two of the last three were joy; bob is somebody else"
    assert told(angry.understood(felt(5))) == [(True, ("ann",), ["u5", "u6"])]


def test_everybody_together_and_also_whom_nobody_could_name():
    angry = watch(count=2, who="everybody")
    assert angry.understood(felt(0)) == ()
    assert told(angry.understood(felt(1, speaker="unknown"))) == [(True, ("ann", "unknown"), ["u1", "u2"])]


def test_nobody_is_taken_for_one_person():
    assert course(watch(), felt(0, speaker="unknown")) == []


def test_only_those_named():
    assert course(watch(who=("bob",)), felt(0), felt(1, speaker="bob")) == [True]


def test_only_within_so_many_seconds():
    angry = watch(count=2, within_s=15.0)
    assert told(angry.understood(felt(0)) + angry.understood(felt(1))) == [(True, ("ann",), ["u1", "u2"])]
    assert angry.pass_time(13.0) == ()
    (over,) = angry.pass_time(30.0)
    assert (over.raised, over.at_s) == (False, 30.0)


@pytest.mark.parametrize(
    "side, causes, by, raised",
    [
        ("inside", (), "bob", []),
        ("inside", (1,), "bob", [True]),
        ("others", (1,), "ann", []),
        ("others", (1,), "unknown", []),
        ("others", (1,), "bob", [True]),
        ("outside", (1,), "bob", []),
        ("outside", (), "bob", [True]),
    ],
)
def test_the_side_of_the_cause(side, causes, by, raised):
    assert course(watch(cause=side), felt(2, causes=causes, by=by)) == raised


@pytest.mark.parametrize("side, raised", [("inside", []), ("outside", []), ("any", [True])])
def test_a_cause_that_is_withheld_is_no_evidence_for_either_side(side, raised):
    event = felt(2, causes=(1,))
    withheld = replace(event, causes=(replace(event.causes[0], withheld=True),))
    assert course(watch(cause=side), withheld) == raised


def test_a_threshold_below_keeps_it_up():
    angry = watch(probability=0.6, clear_probability=0.4)
    wavering = [felt(0, confidence=0.5), felt(1, confidence=0.7), felt(2, confidence=0.5), felt(3, confidence=0.45)]
    assert course(angry, *wavering) == [True]
    assert course(angry, felt(4, confidence=0.35)) == [False]


def test_quiet_ends_it_and_rest_delays_the_next():
    angry = watch(within_utterances=5, quiet_s=20.0, rest_s=60.0)
    assert course(angry, felt(0)) == [True]
    assert [alert.raised for alert in angry.pass_time(22.0)] == [False]
    assert course(angry, felt(3), felt(12)) == []
    assert [alert.raised for alert in angry.pass_time(62.5)] == [True], "rested, and the last is no 20 s old"


def test_finals_only_unless_provisional_results_count():
    first = felt(0, status=Status.PROVISIONAL)
    calmer = felt(0, "joy", revision=2, status=Status.FINAL)
    assert course(watch(), first, calmer) == []
    assert course(watch(reads="provisional"), first, calmer) == [True, False]


def test_a_revision_replaces_what_was_read_before():
    angry = watch(reads="provisional", count=2, within_utterances=5)
    revisions = [felt(0, revision=number, status=Status.REVISED) for number in (1, 2, 3)]
    assert course(angry, *revisions) == [], "one utterance, not three"


def test_two_speakers_who_turn_out_to_be_one_have_one_alert():
    angry = watch(count=1, within_utterances=3)
    assert course(angry, felt(0, speaker="s1"), felt(1, speaker="s2")) == [True, True]
    assert told(angry.merge("s1", "s2")) == [(False, ("s2",), ["u2"])]
    assert course(angry, felt(2, speaker="s2")) == [], "it is s1 who speaks, whose alert is raised"


def test_what_is_forgotten_is_no_evidence_any_more():
    angry = watch()
    angry.understood(felt(0))
    assert told(angry.forget("ann")) == [(False, ("ann",), [])]
    everybody = watch(who="everybody", count=2)
    assert course(everybody, felt(0), felt(1, speaker="bob", causes=(0,), by="ann")) == [True]
    [over] = everybody.forget("ann")
    assert told((over,)) == [(False, ("bob",), ["u2"])]
    assert over.evidence[0].causes == ()


def test_the_end_of_the_conversation_is_the_end_of_its_alerts():
    angry = watch()
    angry.understood(felt(0))
    (over,) = angry.end()
    assert (over.raised, over.reason) == (False, "the conversation ended")
    assert angry.end() == ()


def test_what_is_raised_stays_raised_across_a_new_start():
    before, after = watch(), watch()
    before.understood(felt(0))
    after.resume(before.raised(), 5.0)
    assert course(after, felt(1), felt(2, "joy")) == [False]


def test_who_opted_out_raises_nothing():
    event = felt(0)
    assert course(watch(), replace(event, heard=replace(event.heard, withheld=True))) == []


@pytest.mark.parametrize(
    "changes", [{"count": 3, "within_utterances": 2}, {"clear_probability": 0.9}, {"clear_count": 2}]
)
def test_rules_that_make_no_sense_are_refused(changes):
    with pytest.raises(SettingsError):
        rule(**changes)


@pytest.mark.parametrize("changes", [{"name": "No/Name"}, {"emotions": ()}, {"who": ()}, {"count": 0}])
def test_rules_out_of_range_are_refused(changes):
    with pytest.raises(ValidationError):
        rule(**changes)


def test_an_unknown_emotion_is_named():
    with pytest.raises(SettingsError, match="no emotion 'rage'"):
        refuse_unknown_emotions([rule(emotions=("rage",))], ("neutral", "anger"))


RULES = st.builds(
    lambda fields: rule(**fields),
    st.fixed_dictionaries(
        {
            "probability": st.sampled_from([0.4, 0.6]),
            "clear_probability": st.sampled_from([None, 0.3]),
            "count": st.integers(1, 3),
            "within_utterances": st.sampled_from([3, 5]),
            "within_s": st.sampled_from([None, 40.0]),
            "who": st.sampled_from(["anyone", "everybody", ("ann",)]),
            "cause": st.sampled_from(["any", "inside", "others", "outside"]),
            "reads": st.sampled_from(["final", "provisional"]),
            "quiet_s": st.sampled_from([None, 25.0]),
            "rest_s": st.sampled_from([0.0, 30.0]),
        }
    ),
)
RESULTS = st.builds(
    felt,
    st.integers(0, 11),
    st.sampled_from(["anger", "joy"]),
    st.sampled_from([0.35, 0.5, 0.7]),
    st.sampled_from(["ann", "bob", "unknown"]),
    st.sampled_from([(), (0,)]),
    st.sampled_from(["ann", "bob"]),
    st.integers(1, 3),
    st.sampled_from(list(Status)),
)


@given(RULES, st.lists(RESULTS, max_size=40))
def test_raised_and_over_take_turns_and_the_evidence_meets_the_rule(rule, results):
    watch = AlertWatch([rule])
    raised: set[tuple[str, ...]] = set()
    alerts = [alert for result in results for alert in watch.understood(result)]
    for alert in (*alerts, *watch.end()):
        group = () if rule.who == "everybody" else alert.speakers
        assert alert.raised == (group not in raised)
        raised.symmetric_difference_update({group})
        assert len(alert.evidence) >= rule.count
        assert len({reading.utterance for reading in alert.evidence}) == len(alert.evidence), "nothing counts twice"
        for reading in alert.evidence:
            assert reading.label in rule.emotions
            assert reading.probability >= rule.probability
            assert {"any": True, "inside": reading.causes, "outside": not reading.causes}.get(rule.cause, True)
            assert reading.status is Status.FINAL or rule.reads == "provisional"
    assert not raised


@given(st.data(), st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_in_whatever_order_revisions_come_the_newest_decides(data, revisions):
    """Without hysteresis what is raised in the end depends on the newest results alone."""
    every = [
        felt(index, data.draw(st.sampled_from(["anger", "joy"])), revision=revision, status=Status.PROVISIONAL)
        for index, last in enumerate(revisions)
        for revision in range(1, last + 1)
    ]
    in_order, shuffled = (watch(reads="provisional", count=2, within_utterances=6) for _ in range(2))
    for event in every:
        in_order.understood(event)
    for event in data.draw(st.permutations(every)):
        shuffled.understood(event)
    groups = [[raised.group for raised in one.raised()] for one in (in_order, shuffled)]
    assert groups[0] == groups[1]


def test_memory_does_not_grow_with_the_conversation_nor_with_its_people():
    angry = watch(count=1, within_s=3_600.0)
    for index in range(600):
        angry.understood(felt(index, speaker=f"p{index % 200}"))
    (watched,) = angry._watches
    assert len(angry._readings) <= 256
    assert len(watched._groups) <= 64
    assert all(len(group.readings) <= MOST_WITHIN for group in watched._groups.values())
