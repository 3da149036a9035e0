"""What a conversation leaves on disk while it runs, and what a new boot makes of it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.recovery.keeping import Keeping, resumption
from edge.storage.note import Interrupted
from edge.wire.kept_course import KeptCourse
from model.modality import Modality
from realtime.recovery import Progress, Reading
from tests.conversation_events import CONVERSATION, heard

NOTED_AT = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
COURSE_AT = NOTED_AT - timedelta(seconds=4)
IDLE_END_S = 60.0
SINCE = (
    Reading({Modality.TEXT: np.arange(4, dtype=np.float32), Modality.AUDIO: np.ones(7, np.float32)}, "ann"),
    Reading({Modality.TEXT: np.full(4, 0.1, np.float32)}, "ben"),
)


def course() -> KeptCourse:
    return KeptCourse(started=COURSE_AT, at=COURSE_AT, seq=17, utterances=4, next_index=5, newest_s=20.0)


def left_behind(context: int = 2, **parts: bytes) -> Interrupted:
    progress = Progress(CONVERSATION, tuple(heard(index, f"secret {index}") for index in range(5)), b"rings", SINCE)
    note = Keeping(context, lambda: b"voices").note(CONVERSATION, course(), progress)
    return Interrupted(CONVERSATION, {**note.parts, **parts}, NOTED_AT)


def after(seconds: float) -> datetime:
    return NOTED_AT + timedelta(seconds=seconds)


def test_it_goes_on_where_it_stood_after_the_time_that_nobody_listened():
    resumed = resumption(left_behind(), after(10), IDLE_END_S, live=True)
    assert resumed is not None
    event = resumed.event
    assert (event.conversation, event.utterances, event.over) == (CONVERSATION, 5, "")
    assert (event.at_s, event.away_s) == (34.0, 10.0)  # four seconds of silence before it, which were heard
    assert (event.lane, event.people) == (b"rings", b"voices")
    for one, other in zip(event.since, SINCE, strict=True):
        assert one.speaker == other.speaker
        assert one.features.keys() == other.features.keys()
        assert all((one.features[modality] == other.features[modality]).all() for modality in one.features)
    assert resumed.course.seq == 17
    assert [(item.utterance.id, item.speaker, item.transcript.start_s) for item in event.heard] == [
        (item.utterance.id, item.speaker, item.transcript.start_s) for item in map(heard, range(5))
    ]


def test_words_are_kept_only_of_the_utterances_that_are_read_again():
    interrupted = left_behind(context=2)
    assert b"secret 2" not in b"".join(interrupted.parts.values())
    resumed = resumption(interrupted, after(1), IDLE_END_S, live=True)
    assert resumed is not None
    assert [item.utterance.text for item in resumed.event.heard] == ["", "", "", "secret 3", "secret 4"]


@pytest.mark.parametrize("away_s, live", [(61.0, True), (1.0, False)])
def test_it_is_over_if_nobody_listened_for_too_long_or_the_source_begins_anew(away_s, live):
    resumed = resumption(left_behind(), after(away_s), IDLE_END_S, live=live)
    assert resumed is not None
    assert resumed.event.over
    assert (resumed.event.at_s, resumed.event.away_s) == (20.0, 0.0)


def test_a_clock_that_was_set_back_meanwhile_makes_no_time_negative():
    resumed = resumption(left_behind(), after(-3600), IDLE_END_S, live=True)
    assert resumed is not None
    assert (resumed.event.at_s, resumed.event.away_s, resumed.event.over) == (20.0, 0.0, "")


def test_of_a_course_that_cannot_be_read_nothing_is_known(caplog):
    assert resumption(left_behind(course=b"{}"), after(1), IDLE_END_S, live=True) is None
    assert CONVERSATION in caplog.text


def test_a_lane_that_still_serves_is_not_written_again():
    progress = Progress(CONVERSATION, (heard(0),), None, SINCE)
    assert "lane" not in Keeping(2, lambda: b"").note(CONVERSATION, course(), progress).parts


def test_without_what_was_read_since_the_lane_serves_nobody(caplog):
    resumed = resumption(left_behind(since=b"nonsense"), after(1), IDLE_END_S, live=True)
    assert resumed is not None
    assert (resumed.event.lane, resumed.event.since) == (b"", ())
    assert "as if it began now" in caplog.text


def test_utterances_that_cannot_be_read_are_left_out(caplog):
    resumed = resumption(left_behind(heard=b"nonsense"), after(1), IDLE_END_S, live=True)
    assert resumed is not None
    assert (resumed.event.heard, resumed.event.utterances) == ((), 5)
    assert "cannot be read" in caplog.text
