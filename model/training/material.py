"""What runs are made of: encoders as published, and data sets made ready for training, when first needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from model.conversation import Conversation
from model.datasets import formats
from model.encoders import minilm
from model.encoders.minilm import MiniLM
from model.encoders.tables import FORMAT, Normalisation, Tables
from model.errors import CheckpointError, DataError, SettingsError
from model.modality import Modality
from model.training.examples import COMPACT, EXACT, QUICK, Example, Precision, prepare
from model.training.progress import Progress, Stopped
from model.training.settings import Corpus, TrainSettings

NewEncoder = Callable[[minilm.Settings], MiniLM]
"""Makes an encoder with its published weights."""


class Material:
    """Encoders and examples for the runs of one training.

    Args:
        settings: Of the training.
        progress: Who is told how it goes.
        new_encoder: Makes the encoder with its published weights.
    """

    def __init__(self, settings: TrainSettings, progress: Progress, new_encoder: NewEncoder) -> None:
        self._settings, self._progress, self._new_encoder = settings, progress, new_encoder
        self._device = device_named(settings.device)

    def encoder(self) -> MiniLM:
        """A new encoder, where it will compute.

        Raises:
            CheckpointError: The weights it should start from are missing or of another encoder.
        """
        encoder = self._new_encoder(self._settings.encoder)
        if self._settings.encoder_weights is not None:
            _take_over(encoder, self._settings.encoder_weights)
        return encoder.to(self._device)

    @cached_property
    def train(self) -> list[Example]:
        """What the main training learns from."""
        return self._prepare(self._settings.train, COMPACT)

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
        return self._prepare([self._settings.dev], EXACT)

    def of_stage(self, data: Sequence[Corpus]) -> list[Example]:
        """What a stage learns from; not kept."""
        return self._prepare(data, QUICK)

    @cached_property
    def normalisations(self) -> Mapping[Modality, Normalisation]:
        """What to expect in each table, learnt from what the main training learns from; empty without tables.

        Raises:
            DataError: A table cannot be read, or has nothing of these conversations.
        """
        if self._tables is None:
            return {}
        numbered = [corpus for corpus in self._settings.train if corpus.format == FORMAT]
        return self._tables.normalisations([c for corpus in numbered for c in _load(corpus)])

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
