"""The state of a running conversation as it is retained: who was last understood how."""

from collections.abc import Collection
from typing import Final

from edge.wire.conversation import SpeakerState
from edge.wire.emotion import Emotion
from edge.wire.kept_course import KeptState

STATE_INTERVAL_S: Final = 1.0
"""A conversation's state is said at most once in this time."""

_SPEAKERS_MAX: Final = 16


class RunningState:
    """Collects what `conv/state` says, and knows when it may be said again."""

    def __init__(self) -> None:
        self.speakers: dict[str, SpeakerState] = {}
        self.last_utterance: str | None = None
        self.changed = False
        self._newest: dict[str, int] = {}
        self._last_index = -1
        self._said_at = float("-inf")

    @property
    def due_at(self) -> float | None:
        """The moment from which it may be said; None when nothing changed."""
        return self._said_at + STATE_INTERVAL_S if self.changed else None

    def said(self, moment: float) -> None:
        """It was said."""
        self._said_at, self.changed = moment, False

    def kept(self) -> KeptState:
        """What to go on from after a crash."""
        return KeptState(
            speakers=self.speakers,
            newest=self._newest,
            last_utterance=self.last_utterance,
            last_index=self._last_index,
        )

    def resume(self, kept: KeptState) -> None:
        """Go on from there; it is to be said again, since a broker may have lost it."""
        self.speakers, self._newest = dict(kept.speakers), dict(kept.newest)
        self.last_utterance, self._last_index = kept.last_utterance, kept.last_index
        self.changed = bool(self.speakers)

    def understood(self, emotion: Emotion) -> None:
        """An emotion came; a revision of an utterance before the speaker's last one changes nothing."""
        speaker = emotion.speaker.id
        if emotion.index < self._newest.get(speaker, -1):
            return
        self.changed = True
        self._newest[speaker] = emotion.index
        if emotion.index > self._last_index:
            self._last_index, self.last_utterance = emotion.index, emotion.utterance
        self.speakers.pop(speaker, None)
        self.speakers[speaker] = SpeakerState(
            utterance=emotion.utterance,
            label=emotion.emotion.label,
            confidence=emotion.emotion.confidence,
            affect=emotion.affect,
        )
        if len(self.speakers) > _SPEAKERS_MAX:
            longest_silent = next(iter(self.speakers))
            del self.speakers[longest_silent], self._newest[longest_silent]

    def forget(self, speakers: Collection[str] | None) -> int:
        """Say no more how these speakers were understood, or any; of how many it was said."""
        gone = [speaker for speaker in self.speakers if speakers is None or speaker in speakers]
        for speaker in gone:
            if self.speakers[speaker].utterance == self.last_utterance:
                self.last_utterance = None
            del self.speakers[speaker], self._newest[speaker]
        self.changed = self.changed or bool(gone)
        return len(gone)

    def merged(self, kept: str, gone: str) -> None:
        """Two speakers are one: how they were understood last is how `kept` was."""
        if gone not in self.speakers:
            return
        self.changed = True
        state, newest = self.speakers.pop(gone), self._newest.pop(gone)
        if newest > self._newest.get(kept, -1):
            self.speakers[kept], self._newest[kept] = state, newest
