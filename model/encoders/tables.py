"""Voice and face features that are looked up instead of computed: the published tables of ECF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor

from model.config import Config
from model.conversation import Conversation
from model.datasets.feature_tables import FeatureTable, Statistics, read_rows
from model.errors import SettingsError
from model.modality import Modality
from model.sensed import Sensed

FORMAT = "ecf"
"""The only format of conversations whose utterances have rows in the tables."""


class TablePaths(Config):
    """Where the tables are; a relative path starts where the command was called."""

    rows: Path = Field(description="Which row belongs to which utterance: video_id_mapping.npy.")
    audio: Path | None = Field(None, description="Voice features: audio_embedding_6373.npy.")
    video: Path | None = Field(None, description="Face features: video_embedding_4096.npy.")

    @model_validator(mode="after")
    def _any_table(self) -> Self:
        if not self.files:
            raise ValueError("give audio, video or both")
        return self

    @property
    def files(self) -> dict[Modality, Path]:
        """The tables that are given."""
        given = {Modality.AUDIO: self.audio, Modality.VIDEO: self.video}
        return {modality: path for modality, path in given.items() if path is not None}


@dataclass(frozen=True, slots=True)
class Normalisation:
    """What a network subtracts from the features of a modality, and divides them by.

    Attributes:
        mean: (F,) float32.
        scale: (F,) float32, above 0.
    """

    mean: Tensor
    scale: Tensor

    @classmethod
    def by(cls, statistics: Statistics) -> "Normalisation":
        """In float32; a column whose deviation vanishes in it counts as constant."""
        scale = torch.from_numpy(statistics.scale).float()
        tiny = torch.finfo(torch.float32).tiny
        return cls(torch.from_numpy(statistics.mean).float(), scale.where(scale >= tiny, 1.0))


class Tables:
    """Open tables, read conversation by conversation.

    Args:
        paths: The files.
        features: The modalities of the network that reads them, with their widths.

    Raises:
        SettingsError: The network does not read what a table holds, or in another width.
        DataError: A file cannot be read.
    """

    def __init__(self, paths: TablePaths, features: Mapping[Modality, int]) -> None:
        rows = read_rows(paths.rows)
        self._tables = {modality: FeatureTable.open(path, rows) for modality, path in paths.files.items()}
        for modality, table in self._tables.items():
            _require_width(modality, table, features.get(modality))

    def of(self, conversation: Conversation) -> dict[Modality, Sensed]:
        """What the tables hold of a conversation in ECF's numbering; who has no sound row is absent."""
        return {modality: _sensed(table, conversation) for modality, table in self._tables.items()}

    def normalisations(self, train: Sequence[Conversation]) -> dict[Modality, Normalisation]:
        """What to expect in each table, learnt from conversations for training alone.

        Raises:
            DataError: None of their utterances has a row.
        """
        return {modality: Normalisation.by(Statistics.of(table, train)) for modality, table in self._tables.items()}


def _require_width(modality: Modality, table: FeatureTable, wanted: int | None) -> None:
    width = table.values.shape[1]
    if wanted is None:
        raise SettingsError(
            f"{table.path} is about {modality}, which the network does not read",
            f"Leave it out, or train a network with network.features.{modality}: {width}",
        )
    if wanted != width:
        raise SettingsError(
            f"{table.path} has {width} features of an utterance, the network reads {wanted} of {modality}",
            f"Give the table it was made for, or train one with network.features.{modality}: {width}",
        )


def _sensed(table: FeatureTable, conversation: Conversation) -> Sensed:
    width = table.values.shape[1]
    plain = Statistics(np.zeros(width), np.ones(width))
    with np.errstate(over="ignore"):  # what is too large for float32 becomes endless, and that is absent
        features, present = table.features(conversation, plain)
    sound: NDArray[np.bool_] = present & np.isfinite(features).all(axis=1)
    return Sensed(torch.from_numpy(np.where(sound[:, None], features, np.float32(0))), torch.from_numpy(sound))
