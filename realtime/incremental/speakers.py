"""Names of speakers as numbers, for as long as anything remembers them."""

from collections.abc import Iterable

from model.conversation import UNKNOWN_SPEAKER
from realtime.incremental.state import NOBODY


class SpeakerNumbers:
    """The numbers of those who spoke in one conversation; a number never stands for two of them.

    A name is remembered for as many utterances as the rings hold, so that memory does not grow with the conversation.
    Who speaks again later gets another number, which nothing can compare with the first any more.

    Args:
        utterances: The most utterances that any ring holds.
    """

    def __init__(self, utterances: int) -> None:
        self._utterances = utterances
        self._heard: dict[str, tuple[int, int]] = {}  # name to number and last utterance, who spoke last at the end

    def __len__(self) -> int:
        return len(self._heard)

    def number(self, speaker: str, utterance: int) -> int:
        """Who spoke an utterance, as a number; `NOBODY` if that is not known. Call it once for each, in order."""
        self._forget(utterance - self._utterances)
        if speaker == UNKNOWN_SPEAKER:
            return NOBODY
        number, _ = self._heard.pop(speaker, (utterance, utterance))
        self._heard[speaker] = number, utterance
        return number

    def names(self) -> list[tuple[str, int, int]]:
        """Who is remembered, who spoke last at the end: name, number and last utterance."""
        return [(name, number, last) for name, (number, last) in self._heard.items()]

    def resume(self, names: Iterable[tuple[str, int, int]]) -> None:
        """Go on from what `names` gave."""
        self._heard = {name: (number, last) for name, number, last in names}

    def _forget(self, utterance: int) -> None:
        """Drop the name of who spoke last then: nobody has spoken last earlier and is still remembered."""
        name = next(iter(self._heard), None)
        if name is not None and self._heard[name][1] == utterance:
            del self._heard[name]
