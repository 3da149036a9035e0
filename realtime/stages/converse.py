"""The stage that makes a conversation of what was said: opens it, numbers utterances, names speakers, ends it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.conversation import UNKNOWN_SPEAKER, Utterance
from realtime.activity import Present, Speaking
from realtime.events import (
    SAMPLE_RATE_HZ,
    AudioGap,
    ConversationEnded,
    ConversationStarted,
    Event,
    Failure,
    Heard,
    PartialText,
    Quiet,
    Speaker,
    SpeakerIdentified,
    SpeakerKind,
    SpeakersMerged,
    SpeechDiscarded,
    Transcript,
    VoiceHeard,
)
from realtime.opt_out import OptOut
from realtime.orders import EndConversation, Forget
from realtime.protocols import Diarizer, People
from realtime.recovery import ConversationResumed
from realtime.voices.splitting import by_speaker

_NOBODY = Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)


@dataclass(slots=True)
class Tally:
    """How the recogniser fared.

    Attributes:
        transcripts: Texts it gave.
        ready_ahead: Those of them that were ready when the endpoint was decided.
        lost: Stretches of speech it failed on.
        utterances: What became of its texts: utterances of conversations.
    """

    transcripts: int = 0
    ready_ahead: int = 0
    lost: int = 0
    utterances: int = 0


class ConverseStage:
    """Turns transcripts into the utterances of a conversation.

    A conversation starts with the first recognised words and ends after `idle_end_s` without speech, also where the
    microphone is away so long, or with the stream; then its speakers are forgotten. A segment without a recognised word
    is no utterance: it is counted as lost, and nobody is known by its sound. One that several people spoke is several.
    What somebody says who has opted out is an utterance without words of an unknown speaker: it is counted, and that is
    all.

    Args:
        idle_end_s: Silence after which a conversation is over, seconds.
        diarizer: Knows the people of each conversation.
        why_over: Why the stream ended, asked when it has.
        new_id: Makes conversation ids.
        opted_out: Who has opted out; others may change it.
    """

    def __init__(
        self,
        idle_end_s: float,
        diarizer: Diarizer,
        why_over: Callable[[], str],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        opted_out: OptOut | None = None,
    ) -> None:
        self._idle_end_s = idle_end_s
        self._diarizer = diarizer
        self._why_over = why_over
        self._new_id = new_id
        self._opted_out = OptOut() if opted_out is None else opted_out
        self._people: People | None = None
        self._speakers: dict[str, Speaker] = {}
        self._voices: dict[str, VoiceHeard] = {}
        self._conversation: str | None = None
        self._utterances = 0
        self._lost = 0
        self._last_speech_s = 0.0
        self._present = Present()
        self.tally = Tally()

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        """Utterances for transcripts, and the beginning and end of the conversation they belong to."""
        match event:
            case SpeakerIdentified() | VoiceHeard() | SpeechDiscarded():
                return self._remember(event)
            case Speaking():
                return self._speaking(event)
            case ConversationResumed():
                return self._resume(event)
            case PartialText():
                return self._partial(event)
            case Transcript():
                return self._utterance(event)
            case Failure(segment=str()):
                return self._failed(event)
            case Quiet():
                return (*self._while_running(event), *self._silent_until(event.until_s))
            case AudioGap():
                return (event, *self._silent_until((event.start + event.length) / SAMPLE_RATE_HZ))
            case EndConversation() | Forget():
                return self._obey(event)
            case _:
                return (event,)

    async def flush(self) -> Sequence[Event]:
        """End the running conversation: the stream is over."""
        return self._end(self._last_speech_s, self._why_over())

    async def close(self) -> None:
        """Nothing to let go of."""

    def known_people(self) -> bytes:
        """The people of the running conversation, for `ConversationResumed`; empty where nothing is known of them."""
        return b"" if self._people is None else self._people.save()

    def _obey(self, order: EndConversation | Forget) -> Sequence[Event]:
        if isinstance(order, EndConversation):
            return (*self._end(self._last_speech_s, order.reason), order)
        if self._people is not None and order.is_about(self._conversation):
            order.removed["voices"] += self._people.forget(order.speakers)
        return (order,)

    def _resume(self, event: ConversationResumed) -> Sequence[Event]:
        self._conversation = event.conversation
        self._people = self._diarizer.people()
        self._people.resume(event.people)
        self._utterances = event.utterances
        self._last_speech_s = event.at_s - event.away_s
        return (event, *(self._end(event.at_s, event.over) if event.over else ()))

    def _remember(self, event: SpeakerIdentified | VoiceHeard | SpeechDiscarded) -> Sequence[Event]:
        """Keep what is known of whoever speaks a segment until its words come; they never do of a noise."""
        match event:
            case SpeakerIdentified():
                self._speakers[event.segment] = event.speaker
            case VoiceHeard():
                self._voices[event.segment] = event
            case SpeechDiscarded():
                self._speakers.pop(event.segment, None)
        return ()

    def _speaking(self, event: Speaking) -> Sequence[Event]:
        """Nothing of who may have opted out; whoever is known to speak is known to stop."""
        if event.going and self._may_be_heard(event.channel):
            return ()
        return self._present.told(event, self._conversation)

    def _partial(self, partial: PartialText) -> Sequence[Event]:
        if not partial.text:
            return ()
        started = self._begin(partial.start_s)
        known = self._speakers.get(partial.segment)
        if known.id in self._opted_out if known else self._may_be_heard(partial.channel):
            return started
        return (*started, replace(partial, conversation=self._conversation))

    def _utterance(self, transcript: Transcript) -> Sequence[Event]:
        speaker = self._speakers.pop(transcript.segment, _NOBODY)
        voice = self._voices.pop(transcript.segment, None)
        self._last_speech_s = max(self._last_speech_s, transcript.end_s)
        self.tally.transcripts += 1
        self.tally.ready_ahead += transcript.ahead
        if not transcript.text:
            self._lost += self._conversation is not None
            return ()
        started = self._begin(transcript.start_s)
        if voice is None or self._people is None:
            return (*started, self._heard(transcript, speaker))
        identified = self._people.identify(voice)
        merged = [self._merged(*ids) for ids in identified.merged]
        parts = by_speaker(transcript, identified.turns, self._opted_out)
        return (*started, *merged, *(self._heard(part, speaker, overlap=voice.overlap) for part, speaker in parts))

    def _heard(self, transcript: Transcript, speaker: Speaker, *, overlap: bool = False) -> Heard:
        index = self._utterances
        self._utterances += 1
        self.tally.utterances += 1
        withheld = speaker.id in self._opted_out
        if withheld:
            transcript, speaker = _without_words(transcript), _NOBODY
        utterance = Utterance(f"u{index + 1}", index, speaker.id, transcript.text, transcript.start_s, transcript.end_s)
        return Heard(self._conversation or "", utterance, speaker, transcript, overlap=overlap, withheld=withheld)

    def _may_be_heard(self, channel: int) -> bool:
        """Whether somebody who has opted out may be speaking on a channel: a voice is known only afterwards."""
        if not self._opted_out:
            return False
        self._people = self._people or self._diarizer.people()
        return self._opted_out.may_speak(self._people.on_channel(channel))

    def _merged(self, kept: str, gone: str) -> SpeakersMerged:
        """Two speakers are one person; if either has opted out, both have."""
        self._opted_out.identify(kept, gone)
        return SpeakersMerged(self._conversation or "", kept, gone, withheld=kept in self._opted_out)

    def _failed(self, failure: Failure) -> Sequence[Event]:
        self._speakers.pop(failure.segment or "", None)
        self._voices.pop(failure.segment or "", None)
        self.tally.lost += 1
        self._lost += self._conversation is not None
        return (failure,)

    def _while_running(self, event: Event) -> Sequence[Event]:
        """The event, where a conversation is running: time goes on for whoever watches it."""
        return () if self._conversation is None else (event,)

    def _silent_until(self, until_s: float) -> Sequence[Event]:
        if until_s - self._last_speech_s < self._idle_end_s:
            return ()
        return self._end(until_s, f"silence for {self._idle_end_s:g} s")

    def _begin(self, at_s: float) -> Sequence[Event]:
        if self._conversation is not None:
            return ()
        self._conversation = self._new_id()
        self._people = self._diarizer.people()
        self._last_speech_s = max(self._last_speech_s, at_s)
        return (ConversationStarted(self._conversation, at_s), *self._present.begun(self._conversation))

    def _end(self, at_s: float, reason: str) -> Sequence[Event]:
        if self._conversation is None:
            return ()
        ended = ConversationEnded(self._conversation, at_s, reason, self._utterances, self._lost)
        self._conversation = None
        self._utterances = self._lost = 0
        self._opted_out.end_conversation()
        return (ended,)


def _without_words(transcript: Transcript) -> Transcript:
    """What is left of what somebody said who has opted out: that something was said, and when."""
    return replace(transcript, text="", words=(), confidence=0.0)
