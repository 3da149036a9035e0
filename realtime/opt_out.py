"""Who has opted out: what they say is neither read nor published."""

from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

_ID_CHARS: Final = 64  # a reader knows no more of a speaker's id

_MOST_PEOPLE: Final = 256  # who are called so and so in one conversation


class OptOut:
    """The people who have opted out.

    Who opts out, or comes back, while the program runs is heeded from their next utterance on. Names are compared
    whatever their case and spacing: rather one person too many is left out than one too few. From the event loop only.

    Args:
        names: Speaker ids: names of channels, of enrolled voices, of people in captions. `unknown` is whoever nobody
            could be named for.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self._same: list[set[str]] = []  # ids that are one person's, in the running conversation
        self.replace(names)

    def __bool__(self) -> bool:
        return bool(self._names)

    def __contains__(self, speaker: object) -> bool:
        if not isinstance(speaker, str) or not self._names:
            return False
        one = _plain(speaker)
        same = next((ids for ids in self._same if one in ids), {one})
        return not same.isdisjoint(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """Who has opted out, as they were named."""
        return tuple(self._names.values())

    def replace(self, names: Iterable[str]) -> None:
        """Those who have opted out from now on are these, and nobody else."""
        self._names = {_plain(name): name for name in names}

    def identify(self, one: str, other: str) -> None:
        """Two ids are one person's for as long as the conversation runs: whoever opted out by one did by both."""
        ids = {_plain(one), _plain(other)}
        joined = [same for same in self._same if not same.isdisjoint(ids)]
        others = [same for same in self._same if same not in joined]
        self._same = [*others, ids.union(*joined)][-_MOST_PEOPLE:]

    def end_conversation(self) -> None:
        """In the next conversation ids that undertone gave itself are other people's."""
        self._same.clear()

    def may_speak(self, known: str | None) -> bool:
        """Whether somebody who has opted out may be heard where `known` speaks; None where only the voice tells who."""
        return bool(self) if known is None else known in self


def _plain(name: str) -> str:
    return " ".join(normalize("NFKC", name).casefold().split())[:_ID_CHARS]
