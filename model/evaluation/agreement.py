"""What a voice or a face changes: where it agrees with what is felt, where it contradicts, and where there is none.

Conversations of words are lent voices and faces of people from whom nothing was learned (`model.encoders.casting`). The
changes are measured one utterance at a time, nothing else being heard or seen; the figures on conversations of which
every utterance has what its condition says. No figure here is one of a multimodal data set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import torch
from pydantic import Field
from torch import Tensor

from model import checkpoint as checkpoints
from model.baseline import BaselineSettings
from model.checkpoint import Card, Checkpoint
from model.config import Config
from model.conversation import Conversation
from model.datasets import evidence_pools, formats
from model.emotions import EKMAN_LABELS
from model.encoders.casting import Cast, Shares, Show, Shown
from model.encoders.inputs import all_inputs
from model.encoders.tables import Normalisation
from model.errors import DataError, SettingsError
from model.evaluation.machine import Machine, this_machine
from model.evaluation.metrics import score
from model.graph import ConversationGraph, Kind
from model.graph_tensors import GraphTensors, graph_tensors, join
from model.modality import Modality
from model.networks.observations import Observations
from model.networks.offline import OfflinePass
from model.networks.predict import Prediction, decide
from model.sensed import NOTHING, Sensed

Progress = Callable[[int, int], None]

MOST_TAKEN: Final = 0.5
"""Of what an agreeing voice or face adds where words alone are wrong, a contradicting one may take less than this share
where they are right."""


class Figures(Config):
    """The main measures of conversations, as fractions."""

    emotion_accuracy: float
    emotion_weighted_f1: float
    pair_f1: float
    w_avg_6: float


class Change(Config):
    """How the probability of the right emotion changes."""

    mean: float = Field(description="Mean difference to words alone.")
    utterances: int = Field(description="How many of them there are; where nobody lends the emotion, there is none.")


class Effect(Config):
    """What a voice, a face or both change, one utterance at a time."""

    agrees_where_wrong: Change = Field(description="It shows what is felt, and words alone were wrong.")
    agrees_where_right: Change = Field(description="It shows what is felt, and words alone were right.")
    contradicts_where_right: Change = Field(description="It shows another emotion, and words alone were right.")

    @property
    def holds(self) -> bool:
        """Whether contradiction takes less than `MOST_TAKEN` of what agreement adds, and agreement adds everywhere."""
        added, taken = self.agrees_where_wrong.mean, -self.contradicts_where_right.mean
        return added > 0 and self.agrees_where_right.mean >= 0 and taken < MOST_TAKEN * added


class FusionEvaluation(Config):
    """What voice and face change, with everything needed to repeat it."""

    data: str = Field(description="Name of the file of conversations.")
    conversations: int
    utterances: int
    seed: int = Field(description="Of what was drawn.")
    shares: Shares = Field(description="Of the condition `as in training`.")
    figures: dict[str, Figures] = Field(description="By condition.")
    effects: dict[str, Effect] = Field(description="Of voice, face, or both.")
    holds: bool = Field(
        description="Whether every effect holds: a contradiction takes less than half of what is added."
    )
    weights_sha256: str
    machine: Machine


@dataclass(frozen=True, slots=True)
class _Read:
    """One conversation, its words encoded.

    Attributes:
        words: (N, F).
        gold: (N,) index of the annotated emotion.
        alone: (N, C) probabilities from words alone.
    """

    conversation: Conversation
    graph: GraphTensors
    words: Tensor
    gold: Tensor
    alone: Tensor


def measure(
    data: Path,
    *,
    voice: Path | None = None,
    face: Path | None = None,
    checkpoint: Path = checkpoints.SHIPPED,
    data_format: str = "ecf",
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> FusionEvaluation:
    """Measure a checkpoint that hears and sees.

    Args:
        data: Annotated conversations.
        voice: A pool of voices, of which the part `dev` is lent.
        face: A pool of faces, likewise.
        checkpoint: Folder of the weights.
        data_format: Of the conversations; one of `formats.FORMATS`.
        seed: Of what is drawn.
        progress: Told how many conversations are done, and of how many.

    Raises:
        SettingsError: No pool is given, or one for what the network does not read.
        DataError: The conversations or a pool cannot be read, or emotions or pairs are not annotated.
        CheckpointError: The weights cannot be read.
    """
    pools = {modality: path for modality, path in ((Modality.AUDIO, voice), (Modality.VIDEO, face)) if path}
    gold = formats.load(data, data_format)
    _require_annotated(gold, data)
    return compare(gold, checkpoints.load(checkpoint), pools, seed, progress).model_copy(update={"data": data.name})


@torch.inference_mode()
def compare(
    gold: Sequence[Conversation],
    loaded: Checkpoint,
    pools: Mapping[Modality, Path],
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> FusionEvaluation:
    """The same for conversations and weights at hand; the conversations have emotions and pairs."""
    cast, subject, shares = _cast(pools, loaded), _Subject(loaded), _shares(loaded.card)
    said: dict[str, list[Prediction]] = {}
    changes: dict[str, list[tuple[Tensor, ...]]] = {}
    random = Random(seed)
    for number, conversation in enumerate(gold, start=1):
        read = subject.begin(conversation)
        for name, prediction in _conditions(subject, cast, read, shares, random):
            said.setdefault(name, []).append(prediction)
        for name, chosen in _senses(tuple(pools)).items():
            changes.setdefault(name, []).append(_changed(subject, cast, read, chosen, random))
        progress(number, len(gold))
    effects = {name: _effect(parts) for name, parts in changes.items()}
    return FusionEvaluation(
        data="",
        conversations=len(gold),
        utterances=sum(len(conversation.utterances) for conversation in gold),
        seed=seed,
        shares=shares,
        figures={name: _figures(gold, predictions) for name, predictions in said.items()},
        effects=effects,
        holds=all(effect.holds for effect in effects.values()),
        weights_sha256=loaded.card.weights_sha256,
        machine=this_machine(),
    )


class _Subject:
    """The network that is measured, and what it says.

    Args:
        loaded: Its checkpoint.
    """

    def __init__(self, loaded: Checkpoint) -> None:
        self._loaded, self._read = loaded, OfflinePass(loaded.network)

    def begin(self, conversation: Conversation) -> _Read:
        """A conversation read by its words alone."""
        encoder, network = self._loaded.encoder, self._loaded.network
        graph = graph_tensors(ConversationGraph.fold(conversation.utterances, network.settings.graph))
        words = encoder.encode(all_inputs(conversation.utterances, encoder.settings.context))
        labels = network.settings.labels
        gold = torch.tensor([labels.index(emotion) for emotion in conversation.emotions or ()])
        alone = self._probabilities(words, NOTHING, graph)
        return _Read(conversation, graph, words, gold, alone)

    def say(self, read: _Read, sensed: Mapping[Modality, Sensed]) -> Prediction:
        """Emotions and links of a conversation with what is sensed of it."""
        settings, decision = self._loaded.network.settings, self._loaded.card.decision
        reading = self._read(Observations.of(settings.features, read.words, sensed), read.graph)
        candidates = read.graph.edges[Kind.CANDIDATE]
        return decide(read.conversation, reading, candidates, settings.labels, decision)

    def one_by_one(self, read: _Read, sensed: Mapping[Modality, Sensed]) -> Tensor:
        """(N,) probability of each right emotion, where nothing is sensed but of that utterance."""
        count = len(read.gold)
        only = torch.eye(count, dtype=torch.bool)  # one copy of the conversation, and in it one utterance, a row
        alone = {
            modality: Sensed(each.features.repeat(count, 1), (only & each.present).flatten())
            for modality, each in sensed.items()
        }
        probabilities = self._probabilities(read.words.repeat(count, 1), alone, join([read.graph] * count))
        own = probabilities.view(count, count, -1)[torch.arange(count), torch.arange(count)]  # (N, C)
        return _right(own, read.gold)

    def _probabilities(self, words: Tensor, sensed: Mapping[Modality, Sensed], graph: GraphTensors) -> Tensor:
        observed = Observations.of(self._loaded.network.settings.features, words, sensed)
        return self._loaded.card.decision.emotion_probabilities(self._read(observed, graph).emotion)


def _cast(pools: Mapping[Modality, Path], loaded: Checkpoint) -> Cast:
    if not pools:
        raise SettingsError("no voice and no face is given to measure with", "Give --voice-pool, --face-pool or both")
    unread = [modality.value for modality in pools if modality not in loaded.network.settings.features]
    if unread:
        raise SettingsError(
            f"the network does not read {' and '.join(unread)}",
            "Give --checkpoint one that does: undertone train configs/train/mtml-ecf-fusion.yaml",
        )
    if loaded.network.settings.labels != EKMAN_LABELS:
        raise SettingsError("evidence is about Ekman's labels, the network about others", "Give another --checkpoint")
    people = {modality: evidence_pools.load(path, "dev") for modality, path in pools.items()}
    return Cast(people, {modality: _expected(loaded, modality) for modality in pools}, BaselineSettings())


def _expected(loaded: Checkpoint, modality: Modality) -> Normalisation:
    projection = loaded.network.projections[modality.value]
    return Normalisation(projection.get_buffer("mean"), projection.get_buffer("scale"))


def _shares(card: Card) -> Shares:
    """What the network learned with."""
    evidence = card.training.get("evidence")
    return Shares.model_validate(evidence["shares"]) if evidence else Shares()


def _require_annotated(gold: Sequence[Conversation], data: Path) -> None:
    for conversation in gold:
        if conversation.emotions is None or conversation.pairs is None:
            raise DataError(f"{data}: conversation {conversation.id} is not annotated", "Give emotions and pairs")
        if unknown := set(conversation.emotions) - set(EKMAN_LABELS):
            raise DataError(f"{data}: unknown emotions {sorted(unknown)}", f"Known are {', '.join(EKMAN_LABELS)}")


def _senses(given: tuple[Modality, ...]) -> dict[str, tuple[Modality, ...]]:
    """What is measured by itself, and all together."""
    names = {Modality.AUDIO: "voice", Modality.VIDEO: "face"}
    alone: dict[str, tuple[Modality, ...]] = {names[modality]: (modality,) for modality in given}
    return alone if len(given) == 1 else alone | {"both": given}


def _showing(show: Show, chosen: tuple[Modality, ...]) -> Shown:
    return lambda modality, _: show if modality in chosen else Show.NOTHING


def _conditions(
    subject: _Subject, cast: Cast, read: _Read, shares: Shares, random: Random
) -> list[tuple[str, Prediction]]:
    """What is said of a conversation in every condition, by its name."""
    conversation = read.conversation
    said = [("words alone", subject.say(read, NOTHING))]
    mixed = cast.lend(conversation, lambda *_: shares.draw(random), random)
    said.append(("as in training", subject.say(read, mixed)))
    modalities = tuple(mixed)
    for name, chosen in _senses(modalities).items():
        for verb, show in (("agrees", Show.THE_SAME), ("contradicts", Show.ANOTHER)):
            lent = cast.lend(conversation, _showing(show, chosen), random)
            said.append((f"{name}: {verb if name != 'both' else verb[:-1]}", subject.say(read, lent)))
    return said


def _changed(
    subject: _Subject, cast: Cast, read: _Read, chosen: tuple[Modality, ...], random: Random
) -> tuple[Tensor, ...]:
    """(N,) change of the right emotion's probability where evidence agrees, and where it contradicts; who was right.

    NaN where nobody lends what should be shown.
    """
    before = _right(read.alone, read.gold)
    changes = []
    for show in (Show.THE_SAME, Show.ANOTHER):
        lent = cast.lend(read.conversation, _showing(show, chosen), random)
        there = torch.stack([lent[modality].present for modality in chosen]).all(0)
        after = subject.one_by_one(read, lent)
        changes.append((after - before).masked_fill(~there, float("nan")))
    return (*changes, read.alone.argmax(-1) == read.gold)


def _effect(parts: Sequence[tuple[Tensor, ...]]) -> Effect:
    agrees, contradicts, right = (torch.cat(each) for each in zip(*parts, strict=True))
    return Effect(
        agrees_where_wrong=_change(agrees[~right]),
        agrees_where_right=_change(agrees[right]),
        contradicts_where_right=_change(contradicts[right]),
    )


def _change(differences: Tensor) -> Change:
    there = differences[~differences.isnan()]
    return Change(mean=there.mean().item() if there.numel() else 0.0, utterances=there.numel())


def _figures(gold: Sequence[Conversation], said: Sequence[Prediction]) -> Figures:
    scores = score(gold, [prediction.conversation for prediction in said])
    return Figures(**{name: getattr(scores, name) for name in Figures.model_fields})


def _right(probabilities: Tensor, gold: Tensor) -> Tensor:
    """(N,) probability of the right one of (N, C)."""
    return probabilities.gather(-1, gold.unsqueeze(-1)).squeeze(-1)
