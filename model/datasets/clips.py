"""Short recordings of one person each, with the emotion they act, as the sets of acted speech publish them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from model.errors import DataError
from model.voice.sound import SAMPLE_RATE_HZ

SUFFIXES: Final = (".wav", ".flac")
"""The files that are taken for clips, in capitals, too; any other lies beside them unread."""

LONGEST_S: Final = 60.0
"""A longer recording is no clip of one sentence."""

_CHECK: Final = "Check that it plays elsewhere (ffplay, VLC), or copy it again"


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of one person who acts one emotion.

    Attributes:
        path: The file.
        label: The emotion.
        person: Who speaks, told apart across sets: `ravdess-07`.
    """

    path: Path
    label: str
    person: str


def files(folder: Path, remedy: str) -> tuple[Path, ...]:
    """Every sound file below a folder, in order of names; hidden ones are left out, as systems leave them there.

    Args:
        folder: Where to look, in folders within it, too.
        remedy: What to do where there is none.

    Raises:
        DataError: It is no folder, cannot be read, or holds no sound file.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder", remedy)
    found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    seen = sorted(path for path in found if not path.name.startswith("."))
    if not seen:
        raise DataError(f"{folder} holds no clip: no {' or '.join(SUFFIXES)} file", remedy)
    return tuple(seen)


def load(folder: Path, understand: Callable[[Path], Clip], remedy: str) -> tuple[Clip, ...]:
    """The clips of a folder whose files are named by one scheme; each name is there once.

    Args:
        folder: Where to look, in folders within it, too.
        understand: What a file's name says; raises DataError where it says nothing.
        remedy: What to do where there is no clip.

    Raises:
        DataError: There is none, a file is named otherwise, or a name is there twice; names the file.
    """
    return tuple(_each_once(map(understand, files(folder, remedy)), folder))


def read_sound(path: Path) -> NDArray[np.float32]:
    """(T,) samples of a clip at 16 kHz, within -1 and 1, its channels mixed to one.

    Raises:
        DataError: The file cannot be read, holds no sound, or is longer than `LONGEST_S`.
    """
    if not path.is_file():
        raise DataError(f"there is no file {path}", "Check the path of the clip")
    try:
        # The prefix keeps FFmpeg from reading a name such as `concat:a` as anything but a file.
        with av.open(f"file:{path}") as container:
            if not container.streams.audio:
                raise DataError(f"{path} has no sound in it", _CHECK)
            pieces = list(_within_limit(_mono(container), path))
    except av.FFmpegError as error:
        raise DataError(f"{path} cannot be read as sound: {error.strerror}", _CHECK) from error
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if not samples.size:
        raise DataError(f"{path} has no sound in it", _CHECK)
    # A band-limited signal may swing a little above the samples it was made from.
    return samples.clip(-1.0, 1.0)


def _each_once(clips: Iterable[Clip], folder: Path) -> Iterator[Clip]:
    by_name: dict[str, Path] = {}
    for clip in clips:
        if earlier := by_name.get(clip.path.stem):
            raise DataError(f"{clip.path} is there twice: {earlier}, too", f"Remove one of the two from {folder}")
        by_name[clip.path.stem] = clip.path
        yield clip


def _mono(container: av.container.InputContainer) -> Iterator[NDArray[np.float32]]:
    resampler: av.AudioResampler | None = None
    for frame in container.decode(container.streams.audio[0]):
        if resampler is None:
            resampler = av.AudioResampler(format="fltp", layout=frame.layout.name, rate=SAMPLE_RATE_HZ)
        yield _mixed(resampler.resample(frame))
    if resampler is not None:
        yield _mixed(resampler.resample(None))


def _mixed(frames: Iterable[av.AudioFrame]) -> NDArray[np.float32]:
    parts = [frame.to_ndarray().mean(axis=0, dtype=np.float32) for frame in frames]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _within_limit(pieces: Iterable[NDArray[np.float32]], path: Path) -> Iterator[NDArray[np.float32]]:
    length = 0
    for piece in pieces:
        length += piece.size
        if length > LONGEST_S * SAMPLE_RATE_HZ:
            raise DataError(f"{path} is longer than {LONGEST_S:g} s", "Give clips of one sentence each")
        yield piece
