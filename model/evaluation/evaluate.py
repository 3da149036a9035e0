"""`undertone evaluate`: a checkpoint held against an annotated file, with everything needed to repeat the figure."""

from collections.abc import Callable, Sequence
from pathlib import Path

from model import checkpoint as checkpoints
from model.checkpoint import Card, Checkpoint
from model.conversation import Conversation, Pair
from model.datasets import formats
from model.encoders.tables import FORMAT, TablePaths, Tables
from model.errors import DataError, SettingsError
from model.evaluation.bootstrap import intervals, resamples
from model.evaluation.breakdown import by_distance, by_length
from model.evaluation.corruption import corrupt as corrupt_words
from model.evaluation.counts import count
from model.evaluation.machine import this_machine
from model.evaluation.metrics import measures, scores_per_emotion
from model.evaluation.reliability import ReliabilityBin, expected_error, reliability
from model.evaluation.report import Delay, Evaluation, Provenance, Reliability, Request
from model.modality import Modality
from model.networks.predict import Prediction, predict

NETWORKS = ("mtml", "migat")
"""MTML, also under the name of its graph network."""

Progress = Callable[[int, int], None]
Measuring = Callable[[Sequence[Conversation], Checkpoint, Request, Progress], Evaluation]


def evaluate(  # noqa: PLR0913 - the options of the command
    data: Path,
    *,
    data_format: str = "ecf",
    network: str = "mtml",
    delay: Delay = 0,
    checkpoint: Path = checkpoints.SHIPPED,
    corrupt: float = 0.0,
    seed: int = 0,
    limit: int | None = None,
    progress: Progress = lambda _done, _total: None,
    measured_by: Measuring | None = None,
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
        limit: Only so many conversations, the first of the file.
        progress: Told how many conversations are done, and of how many.
        measured_by: What reads the conversations; None for `measure`, which gives the network the annotated words.

    Raises:
        SettingsError: There is no such format or network, the network cannot work at that delay, or it does not know
            the emotions of the file.
        DataError: The file is not of that format, or nobody annotated it.
        CheckpointError: The weights cannot be read.
    """
    if network not in NETWORKS:
        raise SettingsError(f"there is no network {network!r} to evaluate", f"Choose --network {' or '.join(NETWORKS)}")
    request = Request(
        data=data.name, format=data_format, network=network, delay=delay, corrupt=corrupt, seed=seed, limit=limit
    )
    gold = formats.load(data, data_format)[:limit]
    return (measured_by or measure)(gold, checkpoints.load(checkpoint), request, progress)


def measure(
    gold: Sequence[Conversation],
    loaded: Checkpoint,
    request: Request,
    progress: Progress,
    tables: TablePaths | None = None,
) -> Evaluation:
    """The same for conversations and weights at hand, and with what tables have of voice and face.

    Raises:
        SettingsError: As `evaluate` does, or the tables are not for this data or this network.
        DataError: As `evaluate` does, or a table cannot be read.
        CheckpointError: As `evaluate` does.
    """
    provenance = examine(gold, loaded.card, request)
    opened = None
    if tables is not None:
        opened = _open(tables, loaded.card, request)
        unread = tuple(modality for modality in provenance.unread if modality not in tables.files)
        provenance = provenance.model_copy(update={"unread": unread})
    read = corrupt_words(gold, request.corrupt, request.seed) if request.corrupt else gold
    predictions = _predict(read, loaded, progress, opened)
    return report(gold, predictions, loaded.card.network_settings.labels, request, provenance)


def examine(gold: Sequence[Conversation], card: Card, request: Request) -> Provenance:
    """Whether a network can be measured on conversations at all, before it takes its time.

    Args:
        gold: Annotated conversations.
        card: Of the network.
        request: What is asked for.

    Returns:
        Which network it is.

    Raises:
        SettingsError: The network cannot work at that delay, or does not know the annotated emotions.
        DataError: Nobody annotated the conversations.
    """
    _require_annotations(gold, card.network_settings.labels, request.data)
    provenance = _provenance(card, paired=_paired(gold))
    _require_delay(request.delay, provenance.horizon)
    return provenance


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
    reliability = Reliability(
        emotion=emotion_reliability(gold, predictions),
        pair=pair_reliability(gold, predictions) if _paired(gold) else None,
    )
    said = [prediction.conversation for prediction in predictions]
    return compare(gold, said, labels, request, provenance, reliability)


def compare(
    gold: Sequence[Conversation],
    said: Sequence[Conversation],
    labels: Sequence[str],
    request: Request,
    provenance: Provenance,
    reliability: Reliability | None = None,
) -> Evaluation:
    """What emotions and pairs are worth, whoever predicted them.

    Args:
        gold: Annotated conversations.
        said: The same conversations in the same order, with predicted emotions and pairs.
        labels: Of the network.
        request: What was asked for.
        provenance: What predicted.
        reliability: Of the probabilities, where there were any.
    """
    counts = count(gold, said, labels)
    total, weights = counts.total(), resamples(len(gold), request.seed)
    return Evaluation(
        **{name: float(figures[0]) for name, figures in measures(total, labels).items()},
        per_emotion=scores_per_emotion(total, labels),
        calibration_error=expected_error(reliability.emotion) if reliability else None,
        pair_calibration_error=expected_error(reliability.pair)
        if reliability and reliability.pair is not None
        else None,
        delay=request.delay,
        conversations=len(gold),
        utterances=int(total.emotions.sum()),
        pairs=int(total.pairs.pairs.gold[0]) if total.pairs else None,
        confidence=intervals(measures(counts.weighted(weights), labels)),
        labels=tuple(labels),
        confusion=tuple(map(tuple, total.emotions[0].tolist())),
        by_distance=by_distance(counts.pairs, weights) if counts.pairs else None,
        by_length=by_length(gold, counts, labels),
        reliability=reliability,
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


def _open(tables: TablePaths, card: Card, request: Request) -> Tables:
    if request.format != FORMAT:
        raise SettingsError(
            f"the tables of voice and face number the utterances of {FORMAT}, not of {request.format}",
            "Leave --audio and --video out",
        )
    return Tables(tables, card.network_settings.features)


def _predict(
    conversations: Sequence[Conversation], loaded: Checkpoint, progress: Progress, tables: Tables | None
) -> list[Prediction]:
    predictions: list[Prediction] = []
    for conversation in conversations:
        predictions += predict([conversation], loaded.encoder, loaded.network, loaded.card.decision, tables)
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
        unread=tuple(modality for modality in network.modalities if modality is not Modality.TEXT),
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
