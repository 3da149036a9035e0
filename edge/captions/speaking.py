"""Utterances from captions as events of the pipeline, and the silence between them."""

from collections.abc import Iterator, Mapping

from edge.captions.utterances import Remark
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Latency, Quiet, Speaker, SpeakerIdentified, SpeakerKind, Transcript

NAME = "captions"
"""What subscribers are told instead of a recogniser's name."""

_LANGUAGE = "en"
_QUIET_S = 1.0
_LONG_S = 600.0
_LONG_QUIET_S = 60.0
_CHANNELS = 4_096


class Speaking:
    """Numbers what is said and knows how far the media clock has come.

    Each name has a channel of its own, so that people who talk at once are known to; those without one share the first.

    Args:
        names: Who is called differently in the captions.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._channels: dict[str, int] = {}
        self._said = 0
        self._quiet_from_s = 0.0
        self.end_s = 0.0
        """Latest end of what was said, seconds of the media clock."""

    @property
    def said(self) -> int:
        """How many utterances there were."""
        return self._said

    def silence(self, until_s: float) -> Iterator[Quiet]:
        """The seconds in which nobody said anything, up to a moment of the media clock; of long silence the minutes."""
        while self._said and self._quiet_from_s + self._step_s <= until_s:
            self._quiet_from_s += self._step_s
            yield Quiet(self._quiet_from_s)

    def events(self, remark: Remark, spoken_at: float, certain_at: float) -> tuple[SpeakerIdentified, Transcript]:
        """Who said it, then what.

        Args:
            remark: The utterance.
            spoken_at: Moment at which it was over, or came.
            certain_at: Moment at which it was certain that it does not go on.
        """
        self._said += 1
        self.end_s = max(self.end_s, remark.end_s)
        self._quiet_from_s = max(self._quiet_from_s, self.end_s)
        segment = f"c{self._said}"
        speaker = self._speaker(remark.speaker)
        transcript = Transcript(
            segment=segment,
            channel=self._channel(speaker),
            start_s=remark.start_s,
            end_s=remark.end_s,
            text=remark.text,
            words=(),
            confidence=1.0,
            language=_LANGUAGE,
            transcriber=NAME,
            truncated=remark.truncated,
            ahead=False,
            latency=Latency(spoken_at, endpoint_s=certain_at - spoken_at),
        )
        return SpeakerIdentified(segment, speaker), transcript

    @property
    def _step_s(self) -> float:
        return _QUIET_S if self._quiet_from_s - self.end_s < _LONG_S else _LONG_QUIET_S

    def _speaker(self, name: str | None) -> Speaker:
        known = self._names.get(name, name) if name is not None else None
        if known is None or known == UNKNOWN_SPEAKER:
            return Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)
        return Speaker(known, SpeakerKind.CHANNEL, 1.0)

    def _channel(self, speaker: Speaker) -> int:
        if speaker.kind is SpeakerKind.UNKNOWN:
            return 0
        if len(self._channels) >= _CHANNELS and speaker.id not in self._channels:
            self._channels.clear()  # only utterances that are near are compared by it
        return self._channels.setdefault(speaker.id, len(self._channels) + 1)
