"""The tables of voice and face features that the authors of Emotion-Cause-in-Friends publish (NUSTM/MECPE, ECF 1.0).

`audio_embedding_6373.npy` (openSMILE) and `video_embedding_4096.npy` (a 3D CNN) hold one row an utterance, 13,620 with
row 0, which is padding. Which row belongs to whom stands in `video_id_mapping.npy`: a dict from `dia1utt1` to 1, where
the numbers are those of ECF's text files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from model.conversation import Conversation
from model.datasets import stored_pickle
from model.datasets.located import Located
from model.errors import DataError

_TABLE_REMEDY = "Give audio_embedding_6373.npy or video_embedding_4096.npy: NUSTM/MECPE, data/README.md"
_ROWS_REMEDY = "Give video_id_mapping.npy: NUSTM/MECPE, data"
_PADDING = 0
_AXES = 2
_BLOCK_ROWS = 512


def read_rows(path: Path) -> dict[str, int]:
    """Which row of a table belongs to which utterance, by names such as `dia1utt1`.

    Args:
        path: The file `video_id_mapping.npy`. The dict in it is pickled; no code in it is run.

    Raises:
        DataError: The file cannot be read, is of another make, gives a row to two utterances or to the padding.
    """
    try:
        with path.open("rb") as file:
            _skip_header(file, path)
            document = Located(stored_pickle.load(file, path, _ROWS_REMEDY), path, "$", _ROWS_REMEDY)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}", _ROWS_REMEDY) from error
    mappings = document.elements()
    if len(mappings) != 1:
        raise document.error(f"expected one mapping, found {len(mappings)}")
    rows = {name: row.whole_number() for name, row in mappings[0].members().items()}
    if len(set(rows.values())) < len(rows) or any(row <= _PADDING for row in rows.values()):
        raise mappings[0].error("expected a row of its own, from 1, for every utterance")
    return rows


@dataclass(frozen=True, slots=True)
class Statistics:
    """What values to expect in each column, learnt from the utterances for training alone.

    Attributes:
        mean: (F,) float64.
        scale: (F,) float64; the standard deviation, 1 where a column is constant.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, table: "FeatureTable", train: Iterable[Conversation]) -> "Statistics":
        """The statistics of all rows that belong to conversations.

        Args:
            table: T rows of F features, read in blocks.
            train: The conversations for training.

        Raises:
            DataError: No utterance has a row.
        """
        rows = table.rows_of(train)
        if not rows.size:
            raise DataError(f"{table.path}: no utterance for training has a row in it", _ROWS_REMEDY)
        blocks = np.array_split(rows, -(-rows.size // _BLOCK_ROWS))
        mean = sum(table.raw(block).sum(axis=0) for block in blocks) / rows.size
        variance = sum(np.square(table.raw(block) - mean).sum(axis=0) for block in blocks) / rows.size
        # A constant column keeps a trace of rounding, in proportion to its mean.
        constant = np.sqrt(variance) <= np.finfo(np.float32).eps * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, np.sqrt(variance)))


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """One row of features an utterance, left on disk until a conversation is asked for.

    Attributes:
        path: What errors call it.
        values: (T, F), memory-mapped.
        rows: From an utterance's name, such as `dia1utt1`, to its row.
    """

    path: Path
    values: NDArray[np.floating]
    rows: Mapping[str, int]

    @classmethod
    def open(cls, path: Path, rows: Mapping[str, int]) -> "FeatureTable":
        """The table in a file.

        Args:
            path: The file; `.npy` of floating-point numbers, (T, F).
            rows: As `read_rows` gives them.

        Raises:
            DataError: The file cannot be read, is no such table, or has fewer rows than `rows` asks for.
        """
        try:
            values = np.lib.format.open_memmap(path, mode="r")
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}", _TABLE_REMEDY) from error
        except (EOFError, ValueError) as error:
            raise DataError(f"{path}: no table of numbers: {error}", _TABLE_REMEDY) from error
        if values.ndim != _AXES or values.dtype.kind != "f" or not values.size:
            raise DataError(f"{path}: expected a table of floating-point numbers with two axes", _TABLE_REMEDY)
        if max(rows.values(), default=_PADDING) >= len(values):
            raise DataError(f"{path}: {len(values)} rows, but row {max(rows.values())} is asked for", _TABLE_REMEDY)
        return cls(path, values, rows)

    def features(
        self, conversation: Conversation, statistics: Statistics
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A conversation's features, normalised, and which of its N utterances have any.

        Args:
            conversation: Of ECF, ids as in its text files.
            statistics: Of the utterances for training.

        Returns:
            (N, F) float32, and (N,) bool. An utterance is without features if the table has no row for it or one that
            is not finite throughout; its row is filled with 0 and says nothing.
        """
        rows = self._rows(conversation)
        raw = self.raw(rows)
        present = (rows != _PADDING) & np.isfinite(raw).all(axis=1)
        normalised = (raw - statistics.mean) / statistics.scale
        return np.where(present[:, None], normalised, 0.0).astype(np.float32), present

    def rows_of(self, conversations: Iterable[Conversation]) -> NDArray[np.int64]:
        """The rows that belong to conversations and are finite throughout, in order, each once."""
        rows = np.array(sorted({row for each in conversations for row in self._rows(each).tolist()}), np.int64)
        blocks = np.array_split(rows, max(1, -(-rows.size // _BLOCK_ROWS)))
        finite = np.concatenate([np.isfinite(self.raw(block)).all(axis=1) for block in blocks])
        belonging: NDArray[np.int64] = rows[finite & (rows != _PADDING)]
        return belonging

    def raw(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Some rows as they stand in the file, (R, F)."""
        return np.asarray(self.values[rows], np.float64)

    def _rows(self, conversation: Conversation) -> NDArray[np.int64]:
        names = (f"dia{conversation.id}utt{utterance.id}" for utterance in conversation.utterances)
        return np.array([self.rows.get(name, _PADDING) for name in names], np.int64)


def _skip_header(file: BinaryIO, path: Path) -> None:
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        _, _, dtype = read_header(file)
    except (EOFError, ValueError) as error:
        raise DataError(f"{path}: no .npy file: {error}", _ROWS_REMEDY) from error
    if not dtype.hasobject:
        raise DataError(f"{path}: expected a mapping, found numbers", _ROWS_REMEDY)
