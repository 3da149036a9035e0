"""The folder of weights: fetching a model into it, taking one from a local copy, removing one.

While a model is on its way it lies in `NAME.part/`, which is locked, so that two cannot work on it at once, and which
is kept when it is broken off. What is whole is renamed to its own name in one step.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.weights.digest import Digest, Scheme
from edge.weights.download import Progress, RemoteFile, UnreachableError, download
from edge.weights.hub import list_files, wanted
from edge.weights.trouble import check_room, told_plainly
from model.errors import FetchError
from realtime.recognition import weights
from realtime.recognition.catalogue import Model, OneFile
from realtime.recognition.emotion_models import EmotionModel
from realtime.recognition.weights import PARTIAL

_COPIED_AT_ONCE = 1 << 22

Weights = Model | EmotionModel
"""Whatever can be fetched."""


def fetch(model: Weights, progress: Progress) -> Path:
    """The model's file or folder, fetched unless it is there; one that was broken off goes on.

    Args:
        model: What to fetch.
        progress: Told after every piece.

    Raises:
        FetchError: It cannot be had, or cannot be kept, or is being fetched by somebody else.
    """
    with told_plainly(weights.folder()), _on_its_way(model) as partial:
        if _path(model).exists():
            return _path(model)
        try:
            files = _files(model)
            check_room(partial, sum(file.size or 0 for file in files) - _bytes_in(partial))
            for file in files:
                download(file, partial, progress)
        except UnreachableError as error:
            raise FetchError(str(error), _without_network(model)) from error
        return _settle(model, partial, {file.name for file in files})


def take(model: Weights, source: Path, progress: Progress) -> Path:
    """The model from a local copy: openai-whisper's file, or a folder with what the hub has.

    A file is checked like a fetched one; for a folder, only that everything is in it.

    Args:
        model: What it is.
        source: The file, or a folder it lies in.
        progress: Told after every piece.

    Raises:
        FetchError: It is not there, something is missing, it is another file, or it cannot be kept.
    """
    files = _copies(model, source)
    with told_plainly(weights.folder()), _on_its_way(model) as partial:
        if _path(model).exists():
            return _path(model)
        check_room(partial, sum(file.stat().st_size for file in files.values()))
        for name, file in files.items():
            _copy(file, partial / name, progress)
        if isinstance(model.origin, OneFile) and not _digest(model.origin).matches(partial / model.stored_as):
            shutil.rmtree(partial)
            raise FetchError(
                f"{files[model.stored_as]} is not {model.name}: its hash is another", f"Get it from {model.origin.url}"
            )
        return _settle(model, partial, set(files))


def remove(model: Weights) -> int:
    """Remove a model, and what there is of it in part; how many bytes that freed, 0 if there was nothing.

    Raises:
        FetchError: It may not be removed, or is being fetched.
    """
    path, partial = _path(model), weights.folder() / (model.name + PARTIAL)
    if not path.exists() and not partial.exists():
        return 0
    with told_plainly(weights.folder()), _on_its_way(model):
        freed = _bytes_in(path) + _bytes_in(partial)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        shutil.rmtree(partial)
    return freed


def _files(model: Weights) -> list[RemoteFile]:
    if isinstance(model.origin, OneFile):
        return [RemoteFile(model.stored_as, model.origin.url, _digest(model.origin))]
    return list_files(model.origin)


def _digest(origin: OneFile) -> Digest:
    return Digest(Scheme.SHA256, origin.sha256)


def _copies(model: Weights, source: Path) -> dict[str, Path]:
    """Which files to copy, by the names they get."""
    source = source.expanduser()
    if isinstance(model.origin, OneFile):
        file = source / model.origin.url.rpartition("/")[2] if source.is_dir() else source
        if not file.is_file():
            raise FetchError(f"there is no file {file}", f"Name the file that {model.origin.url} gives")
        return {model.stored_as: file}
    if not source.is_dir():
        raise FetchError(f"{source} is no folder", f"Name a folder with the files of {model.origin.id}")
    names = [path.name for path in source.iterdir() if path.is_file()]
    return {name: source / name for name in sorted(wanted(names, model.origin))}


def _copy(source: Path, target: Path, progress: Progress) -> None:
    total, done = source.stat().st_size, 0
    with source.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(_COPIED_AT_ONCE):
            write.write(chunk)
            done += len(chunk)
            progress(target.name, done, total)


@contextmanager
def _on_its_way(model: Weights) -> Iterator[Path]:
    """The locked folder for what there is so far; it is gone afterwards if the model is there or nothing came."""
    partial = weights.folder() / (model.name + PARTIAL)
    partial.mkdir(parents=True, exist_ok=True)
    lock = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(lock, model)
        try:
            yield partial
        finally:
            if partial.is_dir() and (_path(model).exists() or not any(partial.iterdir())):
                shutil.rmtree(partial)
    finally:
        os.close(lock)


def _lock(folder: int, model: Weights) -> None:
    """Lock an open folder; the lock ends with us, however we end."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FetchError(f"{model.name} is being fetched already", "Wait for the other one to finish") from error


def _settle(model: Weights, partial: Path, names: set[str]) -> Path:
    """Give what is whole its own name, without what an earlier attempt has left beside it."""
    for leftover in [path for path in partial.iterdir() if path.name not in names]:
        leftover.unlink()
    if isinstance(model.origin, OneFile):
        return (partial / model.stored_as).replace(_path(model))
    return partial.rename(_path(model))


def _path(model: Weights) -> Path:
    """Where it lies when it is whole."""
    return weights.folder() / model.stored_as


def _bytes_in(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())


def _without_network(model: Weights) -> str:
    where = model.origin.url if isinstance(model.origin, OneFile) else f"https://huggingface.co/{model.origin.id}"
    kind = "FILE" if isinstance(model.origin, OneFile) else "FOLDER"
    return f"Get it elsewhere ({where}) and bring it here: undertone models fetch {model.name} --from {kind}"
