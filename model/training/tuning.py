"""What is fitted on dev after each epoch: temperatures, and the threshold of a link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from model.conversation import Conversation
from model.decision import Decision
from model.evaluation.metrics import Scores, calibration_error, score
from model.graph import Kind
from model.networks.offline import Reading
from model.networks.predict import Prediction, decide
from model.training.examples import Example

_TEMPERATURES = torch.logspace(-1, 1, 81).tolist()
_THRESHOLDS = [step / 100 for step in range(20, 81)]


@dataclass(frozen=True, slots=True)
class DevResult:
    """How a network does on dev, and the decision it does it with.

    Attributes:
        scores: The published measures.
        decision: Fitted here.
        emotion_calibration_error: Expected calibration error of the chosen emotions.
        pair_calibration_error: The same of the candidates' probabilities.
    """

    scores: Scores
    decision: Decision
    emotion_calibration_error: float
    pair_calibration_error: float

    @property
    def selection(self) -> float:
        """What epochs and seeds are selected by."""
        return selection(self.scores)


def selection(scores: Scores) -> float:
    """What is selected by: pair F1, w-avg-6 and the seven-class weighted F1, each counting the same."""
    return scores.pair_f1 + scores.w_avg_6 + scores.emotion_weighted_f1


def tune(
    examples: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], decision: Decision | None = None
) -> DevResult:
    """Fit temperatures by likelihood and the threshold by what epochs are selected by, and score with them.

    Args:
        examples: Wholly annotated.
        readings: What a network says of them.
        labels: Of the network.
        decision: To be kept as it is; None: it is fitted.
    """
    emotions = torch.cat([e.emotions for e in examples])
    pairs = torch.cat([e.pairs for e in examples])
    emotion_logits = torch.cat([r.emotion for r in readings])
    pair_logits = torch.cat([r.pair for r in readings])
    if decision is None:
        decision = _with_threshold(
            examples, readings, labels, _tempered((emotion_logits, emotions), (pair_logits, pairs))
        )
    return DevResult(
        judge(examples, readings, labels, decision),
        decision,
        _emotion_error(decision.emotion_probabilities(emotion_logits), emotions),
        _pair_error(decision.pair_probabilities(pair_logits), pairs),
    )


def _tempered(emotions: tuple[Tensor, Tensor], pairs: tuple[Tensor, Tensor]) -> Decision:
    """The likeliest temperatures of logits for their gold."""
    said, gold = emotions
    linked, true = pairs
    return Decision(
        emotion_temperature=_best(lambda t: -F.cross_entropy(said / t, gold).item(), _TEMPERATURES),
        pair_temperature=_best(lambda t: -F.binary_cross_entropy_with_logits(linked / t, true).item(), _TEMPERATURES),
    )


def _with_threshold(
    examples: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], tempered: Decision
) -> Decision:
    """A decision with the threshold that scores best by what epochs are selected by."""

    def at(threshold: float) -> Decision:
        return tempered.model_copy(update={"link_threshold": threshold})

    return at(_best(lambda t: selection(judge(examples, readings, labels, at(t))), _THRESHOLDS))


def judge(
    examples: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], decision: Decision
) -> Scores:
    """Score readings with a decision that is already fitted."""
    return score(*_outcome(examples, readings, labels, decision))


def decided(
    examples: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], decision: Decision
) -> list[Prediction]:
    """What readings say with a decision that is already fitted."""
    return [
        decide(e.conversation, reading, e.named.edges[Kind.CANDIDATE], labels, decision)
        for e, reading in zip(examples, readings, strict=True)
    ]


def _outcome(
    examples: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], decision: Decision
) -> tuple[list[Conversation], list[Conversation]]:
    """Gold and predicted conversations."""
    predictions = decided(examples, readings, labels, decision)
    return [e.conversation for e in examples], [p.conversation for p in predictions]


def _best(gain: Callable[[float], float], choices: Sequence[float]) -> float:
    return max(choices, key=gain)


def _emotion_error(probabilities: Tensor, gold: Tensor) -> float:
    confidence, said = probabilities.max(-1)
    return calibration_error(confidence.clamp(0, 1).tolist(), (said == gold).tolist())


def _pair_error(probabilities: Tensor, gold: Tensor) -> float:
    return calibration_error(probabilities.tolist(), (gold > 0).tolist())
