"""What a viewer knows of a conversation, built from messages alone: plain state, without a terminal."""

from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import ValidationError

from edge.watch.subscriber import Received
from edge.wire.alert import Alert
from edge.wire.cause import Cause
from edge.wire.conversation import ConversationMeta, Lifecycle
from edge.wire.emotion import Emotion
from edge.wire.envelope import Wire
from edge.wire.node import NodeStatus
from edge.wire.topics import Place
from edge.wire.transcript import FinalTranscript, PartialTranscript

_ROWS_MAX: Final = 500
_ALERTS_MAX: Final = 32
_CHANNELS_MAX: Final = 64

P = TypeVar("P", bound=Wire)


@dataclass(slots=True)
class Row:
    """One utterance and what is known about it so far."""

    utterance: str
    transcript: FinalTranscript | None = None
    emotion: Emotion | None = None
    cause: Cause | None = None

    @property
    def speaker(self) -> str:
        """Who spoke."""
        known = self.transcript or self.emotion
        return known.speaker.id if known else "?"

    @property
    def start_s(self) -> float:
        """Media time of the first word."""
        known = self.transcript or self.emotion or self.cause
        return known.media.start_s if known else 0.0

    @property
    def settled(self) -> bool:
        """Whether nothing about it will change any more."""
        return all(said is not None and said.status == "final" for said in (self.emotion, self.cause))


@dataclass(slots=True)
class ConversationView:
    """One conversation and the node that publishes it, as far as messages told.

    It follows the conversation that started last. Payloads that are not what their topic promises are counted and
    change nothing. `alerts` are those that are raised, by rule and whom they are about.
    """

    node: str = ""
    status: NodeStatus | None = None
    conversation: str = ""
    meta: ConversationMeta | None = None
    ended: Lifecycle | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    partials: dict[int, PartialTranscript] = field(default_factory=dict)
    alerts: dict[tuple[str, tuple[str, ...]], Alert] = field(default_factory=dict)
    note: str = ""
    refused: int = 0
    gaps: int = 0

    def starts_another(self, message: Received) -> bool:
        """Whether this message is the first of another conversation than the one in view."""
        is_start = message.place.subject == "lifecycle" and message.payload.get("event") == "started"
        return is_start and bool(self.conversation) and message.place.id != self.conversation

    def receive(self, message: Received) -> Row | Alert | None:
        """Take a message in; the row it completed or changed, or the alert that it is, if any."""
        if not message.payload:
            return None
        try:
            if message.place.kind == "conv":
                return self._about_conversation(message)
            self._about_node(message)
        except ValidationError as error:
            self.refused += 1
            self.note = f"ignored {message.place.subject}: {error.errors()[0]['msg'].lower()}"
        return None

    def _about_node(self, message: Received) -> None:
        if message.place.subject == "status":
            self.status, self.node = _parse(NodeStatus, message), message.place.id

    def _about_conversation(self, message: Received) -> Row | Alert | None:
        if not self._follows(message):
            return None
        match message.place.subject:
            case "lifecycle":
                self._turn(_parse(Lifecycle, message))
            case "meta":
                self.meta = _parse(ConversationMeta, message)
            case "transcript/partial":
                partial = _parse(PartialTranscript, message)
                if len(self.partials) < _CHANNELS_MAX or partial.channel in self.partials:
                    self.partials[partial.channel] = partial
            case "transcript/final":
                return self._final(_parse(FinalTranscript, message))
            case "emotion":
                return self._emotion(_parse(Emotion, message))
            case "cause":
                return self._cause(_parse(Cause, message))
            case "alert":
                return self._alert(_parse(Alert, message))
            case _:
                pass
        return None

    def _follows(self, message: Received) -> bool:
        """Whether this message is about the conversation in view; a new one takes the view over."""
        place: Place = message.place
        if place.id == self.conversation:
            return True
        if self.conversation and not self.starts_another(message):
            return False
        self.conversation, self.meta, self.ended, self.gaps = place.id, None, None, 0
        self.rows.clear()
        self.partials.clear()
        self.alerts.clear()
        return True

    def _turn(self, turn: Lifecycle) -> None:
        if turn.event == "ended":
            self.ended = turn
            self.partials.clear()
            self.alerts.clear()
        elif turn.event == "gap":
            self.gaps += 1
            self.note = f"a gap: {turn.reason}"
        elif turn.event == "relabelled" and turn.speakers is not None:
            self.note = f"{turn.speakers.gone} is called {turn.speakers.kept} now"
        elif turn.speakers is not None:
            self.note = f"{turn.speakers.gone} turned out to be {turn.speakers.kept}"
        elif turn.event == "paused":
            self.note = f"not listening: {turn.reason}"
        elif turn.event == "resumed":
            self.note = turn.reason

    def _row(self, utterance: str) -> Row:
        row = self.rows.setdefault(utterance, Row(utterance))
        if len(self.rows) > _ROWS_MAX:
            del self.rows[next(iter(self.rows))]
        return row

    def _final(self, transcript: FinalTranscript) -> Row:
        self.partials = {
            channel: partial
            for channel, partial in self.partials.items()
            if partial.media.start_s >= transcript.media.end_s
        }
        row = self._row(transcript.utterance)
        row.transcript = transcript
        return row

    def _emotion(self, emotion: Emotion) -> Row | None:
        row = self._row(emotion.utterance)
        if row.emotion is not None and emotion.revision <= row.emotion.revision:
            return None
        row.emotion = emotion
        return row

    def _cause(self, cause: Cause) -> Row | None:
        row = self._row(cause.utterance)
        if row.cause is not None and cause.revision <= row.cause.revision:
            return None
        row.cause = cause
        return row

    def _alert(self, alert: Alert) -> Alert:
        if alert.state == "raised":
            self.alerts[alert.rule, alert.speakers] = alert
            if len(self.alerts) > _ALERTS_MAX:
                del self.alerts[next(iter(self.alerts))]
        else:  # one whose evidence was forgotten may not say any more whom it was about
            over = {key for key in self.alerts if key[0] == alert.rule and alert.speakers in ((), key[1])}
            self.alerts = {key: raised for key, raised in self.alerts.items() if key not in over}
        return alert


def _parse(model: type[P], message: Received) -> P:
    """The payload as its topic promises it; fields that a later version added are no obstacle."""
    return model.model_validate(message.payload, extra="ignore")
