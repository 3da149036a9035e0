"""What has been said about a conversation, and what of it is new, changed or settled."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

from model.analysis import Analysis, CauseLink, CauseResult, EmotionResult, Status
from model.graph import Window

TOLERANCE = 5e-6
"""Probabilities that differ by no more are the same: half the margin within which they must equal the offline pass."""


class Ledger:
    """The results of one conversation that can still change, with their revision numbers.

    Says what is new, what changed, and what became final; nothing else, and nothing after `final`.

    Args:
        labels: Emotion labels, in the order of the probabilities; neutral first.
        threshold: Least probability of a link.
        candidates: Which relative positions are candidates for a cause.
        emotion_horizon: How many later utterances can still change an emotion.
        cause_horizon: How many later utterances can still change a list of causes.
    """

    def __init__(
        self, labels: Sequence[str], threshold: float, candidates: Window, emotion_horizon: int, cause_horizon: int
    ) -> None:
        self._labels = labels
        self.threshold = threshold
        """Least probability of a link of the utterances to come; those that came keep theirs."""
        self._thresholds: dict[int, float] = {}
        self._candidates = candidates
        self._emotion_horizon = emotion_horizon
        self._cause_horizon = cause_horizon
        self._newest = -1
        self._emotions: dict[int, EmotionResult] = {}  # those of the cause horizon: their labels name the links
        self._causes: dict[int, CauseResult] = {}

    def update(self, emotion: Sequence[Sequence[float]], pair: Sequence[Sequence[float]]) -> Analysis:
        """What to say after one more utterance.

        Args:
            emotion: (emotion horizon + 1, C) probabilities; the newest utterance is the last row.
            pair: (cause horizon + 1, W) probabilities of candidates by relative position; anything where there is none.
        """
        self._newest = newest = self._newest + 1
        emotions = [
            self._emotion(index, emotion[index - newest - 1])
            for index in range(max(0, newest - self._emotion_horizon), newest + 1)
        ]
        causes = [
            self._cause(index, pair[index - newest - 1])
            for index in range(max(0, newest - self._cause_horizon), newest + 1)
        ]
        self._emotions.pop(newest - self._cause_horizon, None)
        self._causes.pop(newest - self._cause_horizon, None)
        self._thresholds.pop(newest - self._cause_horizon, None)
        return Analysis(tuple(filter(None, emotions)), tuple(filter(None, causes)))

    def finish(self) -> Analysis:
        """What is settled by the conversation's end: everything that was not final."""
        emotions = [_settle_emotion(said) for said in self._emotions.values() if said.status is not Status.FINAL]
        causes = [_settle_cause(said) for said in self._causes.values()]
        self._emotions.clear()
        self._causes.clear()
        return Analysis(tuple(emotions), tuple(causes))

    def said(self) -> tuple[list[EmotionResult], list[CauseResult]]:
        """What was said of those that can still change, or whose label names links that can."""
        return list(self._emotions.values()), list(self._causes.values())

    def resume(self, newest: int, emotions: Iterable[EmotionResult], causes: Iterable[CauseResult]) -> None:
        """Go on after utterance `newest`, from what `said` gave then."""
        self._newest = newest
        self._emotions = {result.utterance: result for result in emotions}
        self._causes = {result.utterance: result for result in causes}

    def _emotion(self, index: int, probabilities: Sequence[float]) -> EmotionResult | None:
        before = self._emotions.get(index)
        settled = self._newest - index == self._emotion_horizon
        result = EmotionResult(
            utterance=index,
            revision=before.revision + 1 if before else 1,
            status=_status(before is None, settled),
            label=self._labels[max(range(len(probabilities)), key=probabilities.__getitem__)],
            probabilities=tuple(probabilities),
        )
        if before and not settled and _same_emotion(before, result):
            return None
        self._emotions[index] = result
        return result

    def _cause(self, index: int, pair: Sequence[float]) -> CauseResult | None:
        before = self._causes.get(index)
        settled = self._newest - index == self._cause_horizon
        label = self._emotions[index].label
        earliest = index - self._candidates.past
        first, last = max(0, earliest), min(self._newest, index + self._candidates.ahead)
        probabilities = pair[first - earliest : last - earliest + 1]
        threshold = self._thresholds.setdefault(index, self.threshold)
        likely = [(number, p) for number, p in enumerate(probabilities, first) if p >= threshold]
        result = CauseResult(
            utterance=index,
            revision=before.revision + 1 if before else 1,
            status=_status(before is None, settled),
            label=label,
            links=() if label == self._labels[0] else tuple(CauseLink(cause, p) for cause, p in likely),
            no_cause_probability=math.prod(1 - p for p in probabilities),
            window=(first, last),
        )
        if before and not settled and _same_cause(before, result):
            return None
        self._causes[index] = result
        return result


def _status(first: bool, settled: bool) -> Status:  # noqa: FBT001 - the two facts a status is made of
    if settled:
        return Status.FINAL
    return Status.PROVISIONAL if first else Status.REVISED


def _same_emotion(before: EmotionResult, now: EmotionResult) -> bool:
    return before.label == now.label and _close(before.probabilities, now.probabilities)


def _same_cause(before: CauseResult, now: CauseResult) -> bool:
    return (
        before.label == now.label
        and [link.cause for link in before.links] == [link.cause for link in now.links]
        and _close([link.probability for link in before.links], [link.probability for link in now.links])
        and _close([before.no_cause_probability], [now.no_cause_probability])
    )


def _close(before: Sequence[float], now: Sequence[float]) -> bool:
    return all(abs(a - b) <= TOLERANCE for a, b in zip(before, now, strict=True))


def _settle_emotion(said: EmotionResult) -> EmotionResult:
    return dataclasses.replace(said, revision=said.revision + 1, status=Status.FINAL)


def _settle_cause(said: CauseResult) -> CauseResult:
    return dataclasses.replace(said, revision=said.revision + 1, status=Status.FINAL)
