"""The course of one conversation in messages: it stamps them, counts them, and keeps what later ones refer to."""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any, Final

from edge.alerts.rule import AlertRule
from edge.alerts.watch import Alert, AlertWatch
from edge.wire.about import NodeInfo
from edge.wire.activity import Activity, Voice
from edge.wire.alert_mapping import alert_media, alert_payload
from edge.wire.conversation import ConversationMeta, ConversationState, Lifecycle, Lost, MergedSpeakers, Turn
from edge.wire.envelope import Envelope, Media
from edge.wire.error import ConversationError
from edge.wire.kept_course import KeptCourse
from edge.wire.message import AT_LEAST_ONCE, AT_MOST_ONCE, Message, encode, shorten
from edge.wire.running_state import RunningState
from edge.wire.speaker_names import SpeakerNames
from edge.wire.stamp import Stamp
from edge.wire.transcript import PartialTranscript
from edge.wire.understanding_mapping import (
    cause_payload,
    emotion_payload,
    latency_ms,
    media_of,
    speaker_id,
    speaker_of,
    transcript_payload,
)
from realtime.activity import Speaking
from realtime.events import ConversationEnded, Failure, Heard, PartialText, SpeakersMerged, Understood
from realtime.orders import Relabel

_PARTIAL_CHARS: Final = 1_000
_SEGMENT_CHARS: Final = 64
_RECENT: Final = 8


class Course:
    """Makes the messages of one conversation, in the order in which they must be said.

    Args:
        conversation: Its id.
        at_s: Media time of its first speech.
        info: What the node is.
        stamp: Stamps every message.
        kept: How far an earlier boot had come, where a crash cut it off.
        rules: When to draw attention to how people feel.
    """

    def __init__(
        self,
        conversation: str,
        at_s: float,
        info: NodeInfo,
        stamp: Stamp,
        kept: KeptCourse | None = None,
        rules: Iterable[AlertRule] = (),
    ) -> None:
        self.id = conversation
        self.ended = False
        self.state = RunningState()
        self._info = info
        self._stamp = stamp
        self._started = stamp.now() if kept is None else kept.started
        self._newest_s = round(at_s, 3)
        self._seq = 0 if kept is None else kept.seq
        self._utterances = 0 if kept is None else kept.utterances
        self._withheld = 0 if kept is None else kept.withheld
        self._next_index = 0 if kept is None else kept.next_index
        self._paused = False
        self.names = SpeakerNames(None if kept is None else kept.names)
        self._recent: deque[Heard] = deque(maxlen=_RECENT)
        self._speaking: set[int] = set()
        self._alerts = AlertWatch(rules)
        self._forgotten: tuple[Alert, ...] = ()
        if kept is not None:
            self.state.resume(kept.state)
            self._alerts.resume(kept.alerts, at_s)

    def begin(self) -> tuple[Message, ...]:
        """It started; and under which circumstances."""
        return (self._turn("started", "speech", self._now(), Lost()), self._meta())

    def go_on(self, away_s: float) -> tuple[Message, ...]:
        """It goes on after a crash, and what was said meanwhile is lost."""
        media = Media(start_s=max(0.0, round(self._newest_s - away_s, 3)), end_s=self._newest_s)
        lost = Lost(audio_s=round(away_s, 3))
        return (self.gap("the node was away: it had ended without a farewell", lost, media), self._meta())

    def kept(self) -> KeptCourse:
        """What to go on from after a crash."""
        return KeptCourse(
            started=self._started,
            at=self._stamp.now(),
            seq=self._seq,
            utterances=self._utterances,
            withheld=self._withheld,
            next_index=self._next_index,
            newest_s=self._newest_s,
            state=self.state.kept(),
            names=self.names.given,
            alerts=self._alerts.raised(),
        )

    def _meta(self) -> Message:
        meta = ConversationMeta(
            **self._about(self._now()),
            started=self._started,
            purpose=self._info.purpose,
            notice=shorten(self._info.notice),
            modalities=self._info.modalities,
            language=self._info.language,
            labels=self._info.labels,
        )
        return self._retained("meta", meta)

    def end(self, event: ConversationEnded) -> tuple[Message, ...]:
        """It is over, and what was retained of it is cleared."""
        self.ended = True
        self._newest_s = max(self._newest_s, round(event.at_s, 3))
        alerts = self._say(self._alerts.end())
        over = self._turn("ended", event.reason, self._now(), Lost(utterances=event.lost))
        return (*alerts, over, self._retained("state", None), self._retained("meta", None))

    def gap(self, reason: str, lost: Lost, media: Media | None = None) -> Message:
        """Something was lost; where, if that is known."""
        return self._turn("gap", reason, media or self._now(), lost)

    def pause(self, reason: str) -> Message:
        """From here on nothing is heard, on purpose."""
        self._paused = True
        return self._turn("paused", reason, self._now(), Lost())

    def resume(self, reason: str) -> tuple[Message, ...]:
        """Everything is heard again; nothing to say where it began after the pause."""
        if not self._paused:
            return ()
        self._paused = False
        return (self._turn("resumed", reason, self._now(), Lost()),)

    def merged(self, event: SpeakersMerged) -> tuple[Message, ...]:
        """Two speakers turned out to be one person; nothing to say where readers know them as one already."""
        kept, gone = self.names.merged(event)
        if event.withheld:
            self.forget({kept, gone})
            return self._say(())
        if kept == gone:
            return ()
        speakers = MergedSpeakers(kept=speaker_id(kept), gone=speaker_id(gone))
        self.state.merged(speakers.kept, speakers.gone)
        merged = self._turn("speakers_merged", "two voices turned out to be one", self._now(), Lost(), speakers)
        return (merged, *self._say(self._alerts.merge(kept, gone)))

    def relabel(self, event: Relabel) -> tuple[Message, ...]:
        """A speaker is called something else from now on."""
        self.names.relabel(event.speaker, event.name)
        speakers = MergedSpeakers(kept=speaker_id(event.name), gone=speaker_id(event.speaker))
        self.state.merged(speakers.kept, speakers.gone)
        relabelled = self._turn("relabelled", "asked for by a command", self._now(), Lost(), speakers)
        return (relabelled, *self._say(self._alerts.merge(event.name, event.speaker)))

    def forget(self, speakers: Collection[str] | None) -> int:
        """Remember these speakers no more, or nobody: of how many the present state said something.

        Alerts that were raised by what they said are over; that is said with whatever is said next.
        """
        self.names.forget(speakers)
        self._forgotten += tuple(alert for speaker in (speakers or (None,)) for alert in self._alerts.forget(speaker))
        self._recent = deque(
            (heard for heard in self._recent if speakers is not None and heard.speaker.id not in speakers), _RECENT
        )
        return self.state.forget(speakers)

    def active(self, event: Speaking) -> Message:
        """Somebody began to speak, or stopped."""
        if event.going:
            self._speaking.add(event.channel)
        else:
            self._speaking.discard(event.channel)
        payload = Activity(
            **self._about(Media(start_s=round(event.start_s, 3), end_s=round(event.end_s, 3))),
            voice=Voice.STARTED if event.going else Voice.STOPPED,
            channel=event.channel,
            speaking=len(self._speaking),
            speaker=speaker_of(self.names.of(event.speaker)),
            level_dbfs=round(event.level_dbfs, 1),
        )
        return self._message("activity", payload, qos=AT_MOST_ONCE, speaker=payload.speaker.id)

    def partial(self, event: PartialText) -> Message:
        """Unfinished text."""
        media = Media(start_s=round(event.start_s, 3), end_s=round(event.end_s, 3))
        text = event.text[-_PARTIAL_CHARS:]
        payload = PartialTranscript(**self._about(media), channel=event.channel, text=text)
        return self._message("transcript/partial", payload, qos=AT_MOST_ONCE)

    def withhold(self, event: Heard) -> None:
        """Count what somebody said who has opted out; there is nothing to say about it."""
        self._withheld += 1
        self._next_index = event.utterance.index + 1
        self._newest_s = max(self._newest_s, media_of(event).end_s)

    def pass_time(self, until_s: float) -> tuple[Message, ...]:
        """Nobody has spoken until a media time: what was raised may be over."""
        return self._say(self._alerts.pass_time(until_s))

    def heard(self, event: Heard) -> Message:
        """The words of an utterance."""
        event = self.names.heard(event)
        media = media_of(event)
        overlap = event.overlap or any(_at_once(event, earlier) for earlier in self._recent)
        self._recent.append(event)
        self._utterances += 1
        self._next_index = event.utterance.index + 1
        self._newest_s = max(self._newest_s, media.end_s)
        transcript = transcript_payload(self._counted(media), event, overlap=overlap)
        return self._message("transcript/final", transcript, speaker=transcript.speaker.id)

    def understood(self, event: Understood, said_at: float) -> tuple[Message, ...]:
        """How somebody feels, then why, then what that raises; `said_at` is this moment of the pipeline's clock."""
        said: list[Message] = []
        event = self.names.understood(event)
        media = media_of(event.heard)
        if event.emotion is not None:
            latency = None if event.latency is None else latency_ms(event.latency, said_at)
            emotion = emotion_payload(self._counted(media), self._info, event.heard, event.emotion, latency)
            self.state.understood(emotion)
            said.append(self._message("emotion", emotion, speaker=emotion.speaker.id))
        if event.cause is not None and event.window is not None:
            cause = cause_payload(self._counted(media), event.heard, event.cause, event.causes, event.window)
            said.append(self._message("cause", cause, speaker=speaker_id(event.heard.speaker.id)))
        return (*said, *self._say(self._alerts.understood(event)))

    def failed(self, event: Failure) -> Message:
        """One item could not be processed."""
        payload = ConversationError(
            **self._counted(self._now()),
            stage=shorten(event.stage),
            code=shorten(event.code),
            message=shorten(event.message),
            utterance=None if event.segment is None else event.segment[:_SEGMENT_CHARS],
            retryable=False,
        )
        return self._message("error", payload)

    def present_state(self, *, keeping_up: bool) -> Message:
        """Who was last understood how."""
        payload = ConversationState(
            **self._about(self._now()),
            speakers=self.state.speakers,
            last_utterance=self.state.last_utterance,
            keeping_up=keeping_up,
        )
        return self._retained("state", payload)

    def _turn(
        self,
        turn: Turn,
        reason: str,
        media: Media,
        lost: Lost,
        speakers: MergedSpeakers | None = None,
    ) -> Message:
        payload = Lifecycle(
            **self._counted(media),
            event=turn,
            reason=shorten(reason),
            utterances=self._utterances,
            withheld=self._withheld,
            lost=lost,
            speakers=speakers,
        )
        return self._message("lifecycle", payload)

    def _say(self, alerts: tuple[Alert, ...]) -> tuple[Message, ...]:
        """What is raised or over now, after what was over by being forgotten."""
        alerts, self._forgotten = (*self._forgotten, *alerts), ()
        return tuple(map(self._alert, alerts))

    def _alert(self, alert: Alert) -> Message:
        payload = alert_payload(self._counted(alert_media(alert)), alert)
        alone = payload.speakers[0] if len(payload.speakers) == 1 else None
        return self._message("alert", payload, speaker=alone)

    def _now(self) -> Media:
        return Media(start_s=self._newest_s, end_s=self._newest_s)

    def _about(self, media: Media) -> dict[str, Any]:
        return {**self._stamp.fields(), "conversation_id": self.id, "media": media}

    def _counted(self, media: Media) -> dict[str, Any]:
        self._seq += 1
        return {**self._about(media), "seq": self._seq}

    def _message(
        self, subject: str, payload: Envelope, *, qos: int = AT_LEAST_ONCE, speaker: str | None = None
    ) -> Message:
        return Message(self._topic(subject), encode(payload), qos=qos, conversation=self.id, speaker=speaker)

    def _retained(self, subject: str, payload: Envelope | None) -> Message:
        encoded = b"" if payload is None else encode(payload)
        return Message(self._topic(subject), encoded, retain=True, conversation=self.id)

    def _topic(self, subject: str) -> str:
        return self._info.topics.conversation(self.id, subject)


def _at_once(one: Heard, other: Heard) -> bool:
    """Whether two utterances of different channels share a moment."""
    first, second = one.transcript, other.transcript
    return first.channel != second.channel and first.start_s < second.end_s and second.start_s < first.end_s
