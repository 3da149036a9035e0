"""What a running conversation leaves on disk so that it can go on after a crash, and what a new boot makes of it.

It holds the last utterances, as many as any later result can speak of, and words only of those that the encoder reads
again with the next one; what the network's rings hold, how far the messages had come, and how the people sound.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from edge.recovery.readings import read_readings, save_readings
from edge.storage.note import Interrupted, Note
from edge.wire.kept_course import KeptCourse, read_course
from model.conversation import Utterance
from model.errors import DataError
from realtime.events import Heard, Latency, Speaker, Transcript
from realtime.recovery import ConversationResumed, Progress, Reading

_LOG = logging.getLogger(__name__)

_COURSE, _HEARD, _LANE, _SINCE, _PEOPLE, _ALIVE = "course", "heard", "lane", "since", "people", "alive"


@dataclass(frozen=True, slots=True)
class _Kept:
    """An utterance as it is kept."""

    utterance: Utterance
    speaker: Speaker
    segment: str
    channel: int
    confidence: float
    language: str
    transcriber: str
    withheld: bool


_ADAPTER: Final = TypeAdapter(tuple[_Kept, ...])


class Keeping:
    """Notes what a running conversation goes on from.

    Args:
        context: Of how many of the newest utterances the words are read again.
        people: What the conversation's people are like, as `People.save` gives it.
    """

    def __init__(self, context: int, people: Callable[[], bytes]) -> None:
        self._context = context
        self._people = people

    def note(self, conversation: str, course: KeptCourse, progress: Progress | None) -> Note:
        """How far the messages have come and, where there is more to say, the understanding."""
        parts = {_COURSE: course.model_dump_json().encode()}
        return Note(conversation, parts if progress is None else parts | self._understood(progress))

    def sign_of_life(self, conversation: str) -> Note:
        """Nothing new: somebody listens."""
        return Note(conversation, {_ALIVE: b""})

    def _understood(self, progress: Progress) -> dict[str, bytes]:
        wordless = len(progress.heard) - self._context
        kept = tuple(_kept(heard, words=number >= wordless) for number, heard in enumerate(progress.heard))
        parts = {_HEARD: _ADAPTER.dump_json(kept), _SINCE: save_readings(progress.since), _PEOPLE: self._people()}
        return parts if progress.lane is None else parts | {_LANE: progress.lane}


@dataclass(frozen=True, slots=True)
class Resumption:
    """What is to be said into the stream of a conversation that was cut off, and how far its messages had come."""

    event: ConversationResumed
    course: KeptCourse


def resumption(interrupted: Interrupted, now: datetime, idle_end_s: float, *, live: bool) -> Resumption | None:
    """How a conversation goes on that an earlier boot left; None where nothing can be known of it any more.

    Args:
        interrupted: What that boot left.
        now: Wall time, UTC.
        idle_end_s: Silence after which a conversation is over, seconds; longer than that nobody was away.
        live: Whether the source goes on where it was, as a room does and a recording does not.
    """
    course = read_course(interrupted.parts.get(_COURSE, b""))
    if course is None:
        lost, about = interrupted.conversation, {"conversation": interrupted.conversation}
        _LOG.warning("nothing can be read of conversation %s, which a crash cut off", lost, extra=about)
        return None
    since_s = max(0.0, (now - course.at).total_seconds())
    away_s = max(0.0, (now - interrupted.noted_at).total_seconds())
    over = "" if live and away_s < idle_end_s else "the node had ended without a farewell"
    heard = _heard(interrupted.conversation, interrupted.parts)
    lane, since = _read(interrupted.conversation, interrupted.parts)
    event = ConversationResumed(
        conversation=interrupted.conversation,
        at_s=course.newest_s if over else course.newest_s + since_s,
        away_s=0.0 if over else away_s,
        utterances=course.next_index,
        heard=heard,
        lane=lane,
        since=since,
        people=interrupted.parts.get(_PEOPLE, b""),
        over=over,
    )
    return Resumption(event, course)


def _read(conversation: str, parts: Mapping[str, bytes]) -> tuple[bytes, tuple[Reading, ...]]:
    """What the engine goes on from: a lane, and what was read since; neither where either cannot be understood."""
    try:
        return parts.get(_LANE, b""), read_readings(parts.get(_SINCE, b""))
    except DataError as error:
        _LOG.warning("conversation %s is read as if it began now: %s", conversation, error)
        return b"", ()


def _kept(heard: Heard, *, words: bool) -> _Kept:
    transcript = heard.transcript
    return _Kept(
        utterance=heard.utterance if words else replace(heard.utterance, text=""),
        speaker=heard.speaker,
        segment=transcript.segment,
        channel=transcript.channel,
        confidence=transcript.confidence,
        language=transcript.language,
        transcriber=transcript.transcriber,
        withheld=heard.withheld,
    )


def _heard(conversation: str, parts: Mapping[str, bytes]) -> tuple[Heard, ...]:
    try:
        kept = _ADAPTER.validate_json(parts.get(_HEARD, b"[]"))
    except ValidationError as error:
        unread, about = "the last utterances of conversation %s cannot be read: %s", {"conversation": conversation}
        _LOG.warning(unread, conversation, error.error_count(), extra=about)
        return ()
    return tuple(
        Heard(conversation, item.utterance, item.speaker, _transcript(item), withheld=item.withheld) for item in kept
    )


def _transcript(kept: _Kept) -> Transcript:
    utterance = kept.utterance
    return Transcript(
        segment=kept.segment,
        channel=kept.channel,
        start_s=utterance.start_s or 0.0,
        end_s=utterance.end_s or 0.0,
        text=utterance.text,
        words=(),
        confidence=kept.confidence,
        language=kept.language,
        transcriber=kept.transcriber,
        truncated=False,
        ahead=False,
        latency=Latency(0.0),
    )
