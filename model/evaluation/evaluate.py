"""`undertone evaluate`: a checkpoint held against an annotated file, with everything needed to repeat the figure."""

from collections.abc import Callable, Sequence
from pathlib import Path

from model import checkpoint as checkpoints
from model.checkpoint import Card, Checkpoint
from model.conversation import Conversation, Pair
from model.datasets import formats
from model.errors import DataError, SettingsError
from model.evaluation.bootstrap import intervals, resamples
from model.evaluation.breakdown import by_distance, by_length
from model.evaluation.corruption import corrupt as corrupt_words
from model.evaluation.counts import count
from model.evaluation.machine import this_machine
from model.evaluation.metrics import measures, scores_per_emotion
from model.evaluation.reliability import ReliabilityBin, expected_error, reliability
from model.evaluation.report import Delay, Evaluation, Provenance, Reliability, Request
from model.networks.predict import Prediction, predict

NETWORKS = ("mtml",)


def evaluate(
    data: Path,
    *,
    data_format: str = "ecf",
    network: str = "mtml",
    delay: Delay = 0,
    checkpoint: Path = checkpoints.SHIPPED,
    corrupt: float = 0.0,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Measure a checkpoint on a file; annotations are compared with what the network says, and read by nothing else.

    Args:
        data: An annotated file.
        data_format: One of `formats.FORMATS`.
        network: One of `NETWORKS`.
        delay: How many later utterances may be read before a result counts.
        checkpoint: Folder of the weights.
        corrupt: Share of the words to corrupt before the network reads them.
        seed: Of the corruption and of the resamples.
        progress: Told how many conversations are done, and of how many.

    Raises:
        SettingsError: There is no such format or network, the network cannot work at that delay, or it does not know
            the emotions of the file.
        DataError: The file is not of that format, or nobody annotated it.
        CheckpointError: The weights cannot be read.
    """
    if network not in NETWORKS:
        raise SettingsError(f"there is no network {network!r} to evaluate", f"Choose --network {' or '.join(NETWORKS)}")
    request = Request(data=data.name, format=data_format, network=network, delay=delay, corrupt=corrupt, seed=seed)
    return measure(formats.load(data, data_format), checkpoints.load(checkpoint), request, progress)


def measure(
    gold: Sequence[Conversation], loaded: Checkpoint, request: Request, progress: Callable[[int, int], None]
) -> Evaluation:
    """The same for conversations and weights at hand. Raises as `evaluate` does."""
    _require_annotations(gold, loaded.card.network_settings.labels, request.data)
    provenance = _provenance(loaded.card, paired=_paired(gold))
    _require_delay(request.delay, provenance.horizon)
    read = corrupt_words(gold, request.corrupt, request.seed) if request.corrupt else gold
    return report(gold, _predict(read, loaded, progress), loaded.card.network_settings.labels, request, provenance)


def report(
    gold: Sequence[Conversation],
    predictions: Sequence[Prediction],
    labels: Sequence[str],
    request: Request,
    provenance: Provenance,
) -> Evaluation:
    """What predictions are worth.

    Args:
        gold: Annotated conversations.
        predictions: Of the same conversations in the same order.
        labels: Of the network.
        request: What was asked for.
        provenance: What predicted.
    """
    counts = count(gold, [prediction.conversation for prediction in predictions], labels)
    total, weights = counts.total(), resamples(len(gold), request.seed)
    emotion_bins = emotion_reliability(gold, predictions)
    pair_bins = pair_reliability(gold, predictions) if counts.pairs else None
    return Evaluation(
        **{name: float(figures[0]) for name, figures in measures(total, labels).items()},
        per_emotion=scores_per_emotion(total, labels),
        calibration_error=expected_error(emotion_bins),
        pair_calibration_error=None if pair_bins is None else expected_error(pair_bins),
        delay=request.delay,
        conversations=len(gold),
        utterances=int(total.emotions.sum()),
        pairs=int(total.pairs.pairs.gold[0]) if total.pairs else None,
        confidence=intervals(measures(counts.weighted(weights), labels)),
        labels=tuple(labels),
        confusion=tuple(map(tuple, total.emotions[0].tolist())),
        by_distance=by_distance(counts.pairs, weights) if counts.pairs else None,
        by_length=by_length(gold, counts, labels),
        reliability=Reliability(emotion=emotion_bins, pair=pair_bins),
        settings=request,
        checkpoint=provenance,
        machine=this_machine(),
    )


def emotion_reliability(gold: Sequence[Conversation], predictions: Sequence[Prediction]) -> tuple[ReliabilityBin, ...]:
    """How far the probability of the chosen emotion is from the share of right choices."""
    chosen = [chance for prediction in predictions for chance in prediction.emotions.amax(-1).clamp(0, 1).tolist()]
    right = [
        true == said
        for conversation, prediction in zip(gold, predictions, strict=True)
        for true, said in zip(conversation.emotions or (), prediction.conversation.emotions or (), strict=True)
    ]
    return reliability(chosen, right)


def pair_reliability(gold: Sequence[Conversation], predictions: Sequence[Prediction]) -> tuple[ReliabilityBin, ...]:
    """How far the candidates' probabilities are from the share of candidates that are causes."""
    chances = [chance for prediction in predictions for chance in prediction.pairs.tolist()]
    true = [
        Pair(emotion, cause) in (conversation.pairs or ())
        for conversation, prediction in zip(gold, predictions, strict=True)
        for emotion, cause in prediction.candidates.tolist()
    ]
    return reliability(chances, true)


def _predict(
    conversations: Sequence[Conversation], loaded: Checkpoint, progress: Callable[[int, int], None]
) -> list[Prediction]:
    predictions: list[Prediction] = []
    for conversation in conversations:
        predictions += predict([conversation], loaded.encoder, loaded.network, loaded.card.decision)
        progress(len(predictions), len(conversations))
    return predictions


def _paired(gold: Sequence[Conversation]) -> bool:
    return any(conversation.pairs is not None for conversation in gold)


def _provenance(card: Card, *, paired: bool) -> Provenance:
    network = card.network_settings
    return Provenance(
        weights_sha256=card.weights_sha256,
        seed=card.seed,
        horizon=network.cause_horizon if paired else network.emotion_horizon,
        decision=card.decision,
    )


def _require_annotations(gold: Sequence[Conversation], labels: Sequence[str], data: str) -> None:
    for conversation in gold:
        if conversation.emotions is None or (_paired(gold) and conversation.pairs is None):
            missing = "emotions" if conversation.emotions is None else "pairs, unlike others,"
            raise DataError(
                f"{data}: conversation {conversation.id} has no {missing} to compare with",
                "Give a file that people annotated",
            )
    unknown = {label for conversation in gold for label in conversation.emotions or ()} - set(labels)
    if unknown:
        raise SettingsError(
            f"{data} has emotions that the network does not tell apart: {', '.join(sorted(unknown))}",
            f"Give --checkpoint a network trained on them, or data with {', '.join(labels)}",
        )


def _require_delay(delay: Delay, horizon: int) -> None:
    if delay != "offline" and delay < horizon:
        raise SettingsError(
            f"a delay of {delay} utterances was asked for, but the network reads {horizon} later ones",
            f"Give --delay {horizon} or more, or --delay offline",
        )
