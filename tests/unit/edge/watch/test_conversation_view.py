from edge.watch.conversation_view import ConversationView
from model.analysis import Status
from realtime.events import (
    AudioGap,
    ConversationStarted,
    ListeningPaused,
    ListeningResumed,
    PartialText,
    SpeakersMerged,
)
from tests.conversation_events import CONVERSATION, heard, short_conversation, understood
from tests.watched import as_received, received

START = ConversationStarted(CONVERSATION, 0.0)


def viewed(*events):
    view = ConversationView()
    for message in as_received(*events):
        view.receive(message)
    return view


def test_a_conversation_is_seen_as_it_was_said():
    view = viewed(*short_conversation())
    first, second = view.rows.values()
    assert (view.node, view.status.status) == ("desk", "online")
    assert view.meta.purpose == "personal"
    assert (first.speaker, first.transcript.text, first.emotion.emotion.label) == ("ann", "i got the job", "joy")
    assert [link.cause for link in second.cause.links] == ["u1", "u2"]
    assert second.settled
    assert view.ended.reason == "end of source"
    assert view.refused == 0


def test_a_revision_replaces_and_an_older_one_does_not():
    said = heard(0)
    new = understood(said, "anger", revision=2, status=Status.REVISED)
    old = understood(said, "joy", revision=1, status=Status.PROVISIONAL)
    view = viewed(START, said, old, new, old)
    (row,) = view.rows.values()
    assert (row.emotion.emotion.label, row.emotion.revision) == ("anger", 2)
    assert not row.settled


def test_a_partial_goes_when_its_utterance_is_final():
    partial = PartialText("s0", 0, 0.0, 1.0, "hel", CONVERSATION)
    later = PartialText("s1", 1, 2.0, 9.0, "wait", CONVERSATION)
    assert [said.text for said in viewed(START, partial).partials.values()] == ["hel"]
    assert [said.text for said in viewed(START, partial, later, heard(0)).partials.values()] == ["wait"]


def test_a_new_conversation_takes_the_view_and_a_foreign_one_does_not():
    view = viewed(*short_conversation())
    stray = as_received(START, heard(0))[-1]
    view.receive(received(stray.topic.replace(CONVERSATION, "other"), stray.payload))
    assert view.conversation == CONVERSATION
    another = as_received(ConversationStarted("another", 0.0))[1]
    assert view.starts_another(another)
    view.receive(another)
    assert (view.conversation, view.rows, view.ended) == ("another", {}, None)


def test_it_says_that_nobody_listens_and_why_until_somebody_does():
    assert viewed(START, ListeningPaused("the robot speaks")).note == "not listening: the robot speaks"
    assert viewed(START, ListeningPaused("why"), ListeningResumed("listening again")).note == "listening again"


def test_a_gap_is_noted():
    view = viewed(START, AudioGap(0, 16_000, "the sound card overran"))
    assert view.gaps == 1
    assert "the sound card overran" in view.note


def test_it_says_who_turned_out_to_be_one_person():
    assert viewed(START, SpeakersMerged(CONVERSATION, "s1", "s3")).note == "s3 turned out to be s1"


def test_hostile_payloads_change_nothing():
    view = viewed(*short_conversation())
    topic = f"undertone/v1/home/conv/{CONVERSATION}/"
    hostile = [
        (f"{topic}emotion", {"utterance": ["u1"], "emotion": "joy"}),
        (f"{topic}emotion", {"schema": "undertone.emotion/1"}),
        (f"{topic}cause", {"links": 7}),
        (f"{topic}transcript/final", {"text": None}),
        (f"{topic}lifecycle", {"event": "exploded"}),
        (f"{topic}unheard-of", {"a": 1}),
        ("undertone/v1/home/node/desk/status", {"status": "burning"}),
    ]
    for where, payload in hostile:
        assert view.receive(received(where, payload)) is None
    assert view.refused == 6
    assert len(view.rows) == 2
    assert view.note.startswith("ignored status")


def test_fields_of_tomorrow_are_no_obstacle():
    view = ConversationView()
    for message in as_received(*short_conversation()):
        payload = message.payload and {**message.payload, "added_later": {"x": 1}}
        view.receive(received(message.topic, payload))
    assert view.refused == 0
    assert len(view.rows) == 2


def test_an_endless_conversation_does_not_fill_the_memory():
    view = viewed(START, *(heard(index) for index in range(600)))
    assert len(view.rows) == 500
    assert "u600" in view.rows
