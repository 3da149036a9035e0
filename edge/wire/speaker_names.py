"""What the speakers of a conversation are called for readers: their ids, unless somebody gave them other names."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from realtime.events import Heard, Speaker, SpeakersMerged, Understood

_MOST: Final = 1_024  # captions may name anybody


class SpeakerNames:
    """Names over the ids by which the stream knows people, which stay as they are.

    Args:
        names: Those given in an earlier boot, by id.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = dict(names or {})
        self._met: dict[str, None] = dict.fromkeys(self._names)
        self._before: deque[tuple[str, str]] = deque(maxlen=_MOST)

    @property
    def given(self) -> dict[str, str]:
        """The names that were given, by id."""
        return dict(self._names)

    def of(self, speaker: Speaker) -> Speaker:
        """A speaker as readers know them."""
        name = self._names.get(speaker.id)
        return speaker if name is None else replace(speaker, id=name)

    def heard(self, event: Heard) -> Heard:
        """An utterance whose speaker is called what readers know; from now on they have met."""
        self._met.pop(event.speaker.id, None)
        self._met[event.speaker.id] = None
        if len(self._met) > _MOST:
            longest_silent = next(iter(self._met))
            del self._met[longest_silent]
            self._names.pop(longest_silent, None)
        named = self.of(event.speaker)
        return event if named is event.speaker else replace(event, speaker=named)

    def understood(self, event: Understood) -> Understood:
        """The same, with everybody in it called what readers know."""
        if not self._names:
            return event
        heard, *causes = (replace(heard, speaker=self.of(heard.speaker)) for heard in (event.heard, *event.causes))
        return replace(event, heard=heard, causes=tuple(causes))

    def knows(self, name: str) -> bool:
        """Whether anybody who was heard is called so."""
        return any(self._shown(speaker) == name for speaker in self._met)

    def ids(self, name: str) -> frozenset[str]:
        """Every id and name that whoever is called so has, or has had; empty where nobody is."""
        people = {speaker for speaker in self._met if name in (speaker, self._shown(speaker))}
        people |= {speaker for speaker, before in self._before if before == name}
        names = {before for speaker, before in self._before if speaker in people}
        return frozenset(people | names | {self._shown(speaker) for speaker in people})

    def relabel(self, speaker: str, name: str) -> None:
        """Whoever is called `speaker` is called `name` from now on."""
        for known in [known for known in self._met if self._shown(known) == speaker]:
            self._before.append((known, speaker))
            self._names[known] = name

    def merged(self, event: SpeakersMerged) -> tuple[str, str]:
        """What readers know those by who turned out to be one person: who is kept, who is gone.

        A name that was given to either is kept.
        """
        if event.gone in self._names and event.kept not in self._names:
            self._names[event.kept] = self._names[event.gone]
            kept, gone = self._names[event.kept], event.kept
        else:
            kept, gone = self._shown(event.kept), self._shown(event.gone)
        self._before.extend(((event.kept, gone), (event.kept, event.gone)))
        self._met.pop(event.gone, None)
        self._met[event.kept] = None
        self._names.pop(event.gone, None)
        return kept, gone

    def forget(self, speakers: Collection[str] | None) -> None:
        """Know some speakers no more, or nobody: they are called by their ids again."""
        for speaker in [known for known in self._met if speakers is None or known in speakers]:
            del self._met[speaker]
            self._names.pop(speaker, None)
        self._before = deque((pair for pair in self._before if pair[0] in self._met), maxlen=_MOST)

    def _shown(self, speaker: str) -> str:
        return self._names.get(speaker, speaker)
