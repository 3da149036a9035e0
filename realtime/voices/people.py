"""The people of a conversation, as far as their voices tell them apart."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import SAMPLE_RATE_HZ, Identified, Speaker, SpeakerKind, SpeakerTurn, VoiceHeard
from realtime.voices.encoder import WINDOW
from realtime.voices.grouping import Vectors, largest_group, likeliest_course, runs, unit
from realtime.voices.keeping import read_voices, save_voices
from realtime.voices.numbering import numbered
from realtime.voices.windows import EVERY

_WEIGHT: Final = 100.0
"""How many stretches a voice is averaged over: it follows its person as they move about."""

_CHANGE_COST: Final = 0.1
_ONE_VOICE: Final = 0.7
_TWO_AT_ONCE: Final = 0.76
_CERTAINTY: Final = 0.05
_EVERY_S: Final = EVERY / SAMPLE_RATE_HZ
_WINDOW_S: Final = WINDOW / SAMPLE_RATE_HZ
_LONE_S: Final = 0.4
_ROUNDS: Final = 6
_NOBODY: Final = Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)


class VoiceSettings(Config):
    """When two voices are one person's. Similarities are cosines: 1 is equal, strangers have about 0.6."""

    another: float = Field(
        default=0.72,
        ge=0.4,
        le=0.95,
        description="Similarity to everybody known below which it is somebody else who speaks.",
    )
    accepted: float = Field(
        default=0.6,
        ge=0.0,
        le=0.95,
        description="Similarity from which a voice heard too briefly to be somebody new is who is most like it.",
    )
    one_person: float = Field(
        default=0.88, ge=0.5, le=1.0, description="Similarity from which two people turn out to be one."
    )
    new_after_s: float = Field(
        default=1.0, ge=0.4, le=15.0, description="Speech that it takes to make somebody known, seconds."
    )
    most_people: int = Field(default=16, ge=1, le=64, description="Most people told apart in a conversation.")
    enrolled_days: float | None = Field(
        default=365.0,
        gt=0.0,
        le=36_500.0,
        description="For how long an enrolled voice is kept, days; then it is removed. null: until somebody does.",
    )


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody known by name: `vector` is (D,) of length 1."""

    name: str
    vector: NDArray[np.float32]


@dataclass(slots=True)
class _Person:
    """Somebody known: the sum of the vectors of their voice, at most `_WEIGHT` long."""

    id: str
    kind: SpeakerKind
    voice: Vectors

    def hear(self, vectors: Vectors) -> None:
        self.voice = self.voice + vectors.sum(axis=0)
        length = float(np.linalg.norm(self.voice))
        self.voice *= min(1.0, _WEIGHT / length)


class ClusteredPeople:
    """Tells people apart by their voices, as they come.

    Every stretch of a segment is like the voices known by some similarity; `another` is the similarity at which it is
    rather somebody new. The likeliest course of people through the segment, each change at a cost, says who speaks
    when. Somebody new must be heard for `new_after_s` in a row; until then they are who is most alike, or unknown.

    Args:
        settings: When two voices are one person's.
        enrolled: People known beforehand.
    """

    def __init__(self, settings: VoiceSettings, enrolled: Sequence[Enrolled] = ()) -> None:
        self._settings = settings
        self._enrolled = list(enrolled)
        self._people = _enrolled(enrolled)
        self._named = len(enrolled)
        self._found = 0

    def on_channel(self, channel: int) -> None:
        """Whoever it is: the voice tells."""

    def identify(self, heard: VoiceHeard) -> Identified:
        """Who spoke a segment. What is heard of them makes them known better."""
        if not len(heard.vectors):
            return Identified((SpeakerTurn(_NOBODY, heard.start_s, heard.end_s),))
        vectors = heard.vectors.astype(np.float64)
        known = len(self._people)
        course = self._course(vectors, heard.end_s - heard.start_s)
        self._number(known, course)
        edges = _edges(heard)
        turns = tuple(
            SpeakerTurn(self._speaker(state, vectors[rows]), edges[rows.start], edges[rows.stop])
            for state, rows in runs(course)
        )
        self._learn(course, vectors)
        return Identified(_joined(turns), tuple(self._merge()))

    def forget(self, speakers: Collection[str] | None) -> int:
        """Know these voices no more, or none but as it was enrolled; who is heard again has a new id."""
        if speakers is None:
            found = len(self._people) - self._named
            self._people = _enrolled(self._enrolled)
            return found
        before = len(self._people)
        self._enrolled = [person for person in self._enrolled if person.name not in speakers]
        self._people = [person for person in self._people if person.id not in speakers]
        self._named = len(self._enrolled)
        return before - len(self._people)

    def save(self) -> bytes:
        """Everybody known: what they are called, and the sum of the vectors of their voice."""
        people = [(person.id, person.kind) for person in self._people]
        return save_voices(self._found, people, [person.voice for person in self._people])

    def resume(self, saved: bytes) -> None:
        """Go on from what `save` gave; who is enrolled no longer is somebody whose name is not known."""
        found, known = read_voices(saved)
        self._found = found
        enrolled = {person.id: person for person in self._people}
        for name, kind, voice in known:
            if kind is not SpeakerKind.ENROLLED:
                self._people.append(_Person(name, kind, voice))
            elif name in enrolled:
                enrolled[name].voice = voice

    def _course(self, vectors: Vectors, length_s: float) -> NDArray[np.intp]:
        """Who is likeliest to speak in every stretch, after making known who is new; nobody is the last state."""
        for _ in range(_ROUNDS):
            course = likeliest_course(self._scores(vectors), _CHANGE_COST)
            strange = [rows for state, rows in runs(course) if state == len(self._people)]
            longest = max(strange, key=lambda rows: rows.stop - rows.start, default=None)
            if longest is None or not self._make_known(vectors[longest], alone=len(vectors) == 1, length_s=length_s):
                break
        return likeliest_course(self._scores(vectors), _CHANGE_COST)

    def _make_known(self, vectors: Vectors, *, alone: bool, length_s: float) -> bool:
        """Whether this voice is now that of somebody new: it is one voice, not two at once, heard for long enough."""
        if len(self._people) >= self._settings.most_people + self._named:
            return False
        voice = vectors[largest_group(vectors, _ONE_VOICE)]
        heard_s = min(length_s, _WINDOW_S) if alone else _LONE_S + (len(voice) - 1) * _EVERY_S
        if heard_s < self._settings.new_after_s or self._is_two_at_once(voice.sum(axis=0)):
            return False
        self._found += 1
        self._people.append(_Person(numbered(self._found), SpeakerKind.DIARIZED, voice.sum(axis=0)))
        return True

    def _number(self, known: int, course: NDArray[np.intp]) -> None:
        """Give the ids of those who are new, from person `known` on, in the order in which they speak."""
        ids = [person.id for person in self._people[known:]]
        speaking = dict.fromkeys(int(state) for state in course if known <= state < len(self._people))
        silent = [state for state in range(known, len(self._people)) if state not in speaking]
        for state, new_id in zip([*speaking, *silent], ids, strict=True):
            self._people[state].id = new_id

    def _is_two_at_once(self, voice: Vectors) -> bool:
        """Whether this sounds like two of those known speaking at the same time, as a third voice would not."""
        if not self._people:
            return False
        voices = self._voices()
        pairs = unit(voices[:, None] + voices[None, :])
        alike = pairs @ unit(voice)
        np.fill_diagonal(alike, 0.0)
        return bool(alike.max() >= _TWO_AT_ONCE)

    def _voices(self) -> Vectors:
        """(K, D) of length 1."""
        return unit(np.stack([person.voice for person in self._people]))

    def _scores(self, vectors: Vectors) -> Vectors:
        """(N, K + 1): how alike every stretch is to everybody known, and how unlike it may be at most."""
        nobody = np.full((len(vectors), 1), self._settings.another)
        return np.hstack((vectors @ self._voices().T, nobody)) if self._people else nobody

    def _speaker(self, state: int, vectors: Vectors) -> Speaker:
        """Who that is, and how sure it is: a softmax over the similarities of everybody known and of a stranger."""
        scores = self._scores(vectors).mean(axis=0)
        weights = np.exp((scores - scores.max()) / _CERTAINTY)
        shares = weights / weights.sum()
        if state == len(self._people):
            alike = scores[:-1]
            if not alike.size or alike.max() < self._settings.accepted:
                return _NOBODY
            state = int(alike.argmax())
        person = self._people[state]
        return Speaker(person.id, person.kind, float(shares[state]))

    def _learn(self, course: NDArray[np.intp], vectors: Vectors) -> None:
        for state, rows in runs(course):
            if state < len(self._people):
                self._people[state].hear(vectors[rows])

    def _merge(self) -> list[tuple[str, str]]:
        """Make one of any two who are so much alike that they are one person; those enrolled stay two."""
        merged: list[tuple[str, str]] = []
        while len(self._people) > 1:
            voices = self._voices()
            alike = np.triu(voices @ voices.T, k=1)
            alike[: self._named, : self._named] = 0.0
            kept, gone = (int(number) for number in np.unravel_index(int(alike.argmax()), alike.shape))
            if alike[kept, gone] < self._settings.one_person:
                break
            merged.append((self._people[kept].id, self._people[gone].id))
            self._people[kept].hear(self._people[gone].voice[None])
            del self._people[gone]
        return merged


def _enrolled(people: Iterable[Enrolled]) -> list[_Person]:
    """People as they were enrolled."""
    return [
        _Person(person.name, SpeakerKind.ENROLLED, _WEIGHT * unit(person.vector.astype(np.float64)))
        for person in people
    ]


def _edges(heard: VoiceHeard) -> list[float]:
    """Media times between the stretches, from the segment's start to its end."""
    between = [(one + other) / 2 for one, other in pairwise(heard.middles_s.tolist())]
    return [heard.start_s, *(min(max(edge, heard.start_s), heard.end_s) for edge in between), heard.end_s]


def _joined(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """The same turns, where one speaker's follow each other as one; of its parts' confidences it has the longest's."""
    joined: list[SpeakerTurn] = []
    for turn in turns:
        if joined and joined[-1].speaker.id == turn.speaker.id:
            last = joined.pop()
            longer = max(last, turn, key=lambda part: part.end_s - part.start_s)
            joined.append(SpeakerTurn(longer.speaker, last.start_s, turn.end_s))
        else:
            joined.append(turn)
    return tuple(joined)
