"""What runs are made of: encoders as published, and data sets made ready for training, when first needed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from random import Random

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from model.checkpoint import Checkpoint
from model.conversation import Conversation
from model.datasets import evidence_pools, formats
from model.datasets.evidence_pools import Part, Pool
from model.encoders.casting import Cast, expected
from model.encoders.minilm import MiniLM, NewEncoder
from model.encoders.tables import FORMAT, Normalisation, Tables
from model.errors import CheckpointError, DataError, SettingsError
from model.modality import Modality
from model.training.examples import COMPACT, EXACT, QUICK, Example, Precision, prepare
from model.training.lessons import Lessons
from model.training.progress import Progress, Stopped
from model.training.settings import Corpus, TrainSettings


class Material:
    """Encoders and examples for the runs of one training.

    Args:
        settings: Of the training.
        progress: Who is told how it goes.
        new_encoder: Makes the encoder with its published weights.
        begun: The checkpoint that the training begins from and leaves as it is, if any.
    """

    def __init__(
        self, settings: TrainSettings, progress: Progress, new_encoder: NewEncoder, begun: Checkpoint | None = None
    ) -> None:
        self._settings, self._progress, self._new_encoder = settings, progress, new_encoder
        self.begun = begun
        self._device = device_named(settings.device)

    def encoder(self) -> MiniLM:
        """A new encoder, where it will compute.

        Raises:
            CheckpointError: The weights it should start from are missing or of another encoder.
        """
        if self.begun is not None:
            return self.begun.encoder.still().to(self._device)
        encoder = self._new_encoder(self._settings.encoder)
        if self._settings.encoder_weights is not None:
            _take_over(encoder, self._settings.encoder_weights)
        return encoder.to(self._device)

    @cached_property
    def train(self) -> list[Example]:
        """What the main training learns from."""
        return self._prepare(self._settings.train, COMPACT if self.begun is None else EXACT)

    @property
    def lessons(self) -> Lessons:
        """What the main training learns from and is measured on."""
        decision = None if self.begun is None else self.begun.card.decision
        lending = self._settings.evidence
        if lending is None:
            return Lessons(self.train, self.dev, decision=decision)
        cast = self._cast("train")

        def varied(example: Example, random: Random) -> Example:
            lent = cast.lend(example.conversation, lambda *_: lending.shares.draw(random), random)
            return replace(example, sensed=lent)

        return Lessons(self.train, self.dev, varied, decision)

    @cached_property
    def dev(self) -> list[Example]:
        """What every epoch is measured on.

        Raises:
            DataError: Some of it is not annotated.
        """
        for conversation in _load(self._settings.dev):
            if conversation.emotions is None or conversation.pairs is None:
                raise DataError(
                    f"{self._settings.dev.path}: conversation {conversation.id} is not annotated",
                    "Give a dev file with emotions and pairs: they select, calibrate and set the threshold",
                )
        dev, lending = self._prepare([self._settings.dev], EXACT), self._settings.evidence
        if lending is None:
            return dev
        cast, random = self._cast("dev"), Random(lending.dev_seed)
        return [
            replace(e, sensed=cast.lend(e.conversation, lambda *_: lending.shares.draw(random), random)) for e in dev
        ]

    def of_stage(self, data: Sequence[Corpus]) -> list[Example]:
        """What a stage learns from; not kept."""
        return self._prepare(data, QUICK)

    @cached_property
    def normalisations(self) -> Mapping[Modality, Normalisation]:
        """What to expect of voice and face, learnt from what the main training learns from; empty without them.

        Raises:
            DataError: A table or a pool cannot be read, or a table has nothing of these conversations.
        """
        if self._settings.evidence is not None:
            train = [conversation for corpus in self._settings.train for conversation in _load(corpus)]
            return expected(self._pools("train"), self._settings.evidence.shares, train)
        if self._tables is None:
            return {}
        numbered = [corpus for corpus in self._settings.train if corpus.format == FORMAT]
        return self._tables.normalisations([c for corpus in numbered for c in _load(corpus)])

    def _cast(self, part: Part) -> Cast:
        lending = self._settings.evidence
        if lending is None:
            raise ValueError("no evidence is lent in this training")
        return Cast(self._pools(part), self.normalisations, lending.baseline)

    def _pools(self, part: Part) -> dict[Modality, Pool]:
        given = self._settings.evidence.pools if self._settings.evidence else {}
        return {modality: evidence_pools.load(path, part) for modality, path in given.items()}

    @cached_property
    def _reader(self) -> MiniLM:
        return self.encoder()

    @cached_property
    def _tables(self) -> Tables | None:
        paths = self._settings.tables
        return None if paths is None else Tables(paths, self._settings.network.features)

    def _prepare(self, data: Sequence[Corpus], precision: Precision) -> list[Example]:
        tables = self._tables  # before the texts are read, which takes its time
        loaded = [(conversation, corpus.format) for corpus in data for conversation in _load(corpus)]
        conversations = [conversation for conversation, _ in loaded]
        examples = prepare(conversations, self._reader, self._settings.network, precision, self._embedded)
        if tables is None:
            return examples
        return [  # conversations of another format may have the same numbers
            replace(example, sensed=tables.of(example.conversation)) if name == FORMAT else example
            for example, (_, name) in zip(examples, loaded, strict=True)
        ]

    def _embedded(self, texts: int, total: int) -> None:
        self._progress.embedded(texts, total)
        if self._progress.stopping:
            raise Stopped


def _load(corpus: Corpus) -> Sequence[Conversation]:
    return formats.load(corpus.path, corpus.format)


def device_named(name: str) -> torch.device:
    """The device of a setting: `cpu`, `cuda`, or `auto` for a GPU where there is one.

    Raises:
        SettingsError: A GPU was asked for, and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("no GPU is to be had for device: cuda", "Set device: cpu, or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def _take_over(encoder: MiniLM, path: Path) -> None:
    """Give an encoder the upper layers that a stage learned; its settings may freeze them now."""
    remedy = "Give the learned.safetensors of a stage of undertone train"
    try:
        learned = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read", remedy) from error
    layers = encoder.bert.encoder.layer
    names = [name.split(".", 2) for name in learned if name.startswith("encoder.")]
    count = len({number for _, number, _ in names})
    try:
        for number, layer in enumerate(layers[len(layers) - count :]):
            prefix = f"encoder.{number}."
            own = {name.removeprefix(prefix): tensor for name, tensor in learned.items() if name.startswith(prefix)}
            layer.load_state_dict(own)
    except RuntimeError as error:
        raise CheckpointError(f"{path} holds the layers of another encoder", remedy) from error
