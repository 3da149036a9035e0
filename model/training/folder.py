"""What a run leaves on disk: its settings, the state to go on from, and what was measured."""

import json
import os
import pickle
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from pydantic import TypeAdapter

from model.errors import CheckpointError, SettingsError
from model.training.progress import Epoch

_EPOCHS = TypeAdapter(tuple[Epoch, ...])
_REMEDY = "Give another results folder, or train anew with --fresh"


class RunFolder:
    """The folder of one run. Every file is written whole or not at all, so that a run may be killed at any moment.

    Args:
        path: The folder.
        identity: The settings that decide what the run learns; whoever goes on must have the same.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self._identity = json.loads(json.dumps(identity))

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Make the folder, and write down the settings as they can be given again."""
        self.path.mkdir(parents=True, exist_ok=True)
        content = yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)
        _write(self.path / "settings.yaml", content.encode())

    def forget(self) -> None:
        """Remove what a run would go on from, and what an earlier one measured."""
        for file in (self._state, self._metrics):
            file.unlink(missing_ok=True)
        if self.board.is_dir():
            shutil.rmtree(self.board)

    @property
    def board(self) -> Path:
        """Where TensorBoard's logs go."""
        return self.path / "tensorboard"

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Keep what a run goes on from."""
        part = self._state.with_suffix(".part")
        with part.open("wb") as file:
            torch.save({"settings": self._identity, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._state)

    def read_state(self) -> dict[str, Any] | None:
        """What an unfinished run goes on from, on the CPU; None where there is none.

        Raises:
            SettingsError: It was begun with other settings.
            CheckpointError: The file is corrupt.
        """
        if not self._state.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self._state, map_location="cpu", weights_only=True)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
            raise CheckpointError(f"{self._state} cannot be read, so the run cannot go on", _REMEDY) from error
        self._require_same(state["settings"])
        return state

    def record(self, epochs: Sequence[Epoch], *, finished: bool) -> None:
        """Write what was measured; once finished, the state is no longer needed."""
        metrics = {"finished": finished, "settings": self._identity, "epochs": as_json(epochs)}
        _write(self._metrics, (json.dumps(metrics, indent=1) + "\n").encode())
        if finished:
            self._state.unlink(missing_ok=True)

    def finished(self) -> tuple[Epoch, ...] | None:
        """The epochs of a finished run; None where it is not finished.

        Raises:
            SettingsError: It was trained with other settings.
            CheckpointError: The file is corrupt.
        """
        if not self._metrics.is_file():
            return None
        try:
            metrics = json.loads(self._metrics.read_bytes())
            epochs = from_json(metrics["epochs"])
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(f"{self._metrics} is not what a run writes", _REMEDY) from error
        if not metrics["finished"]:
            return None
        self._require_same(metrics["settings"])
        return epochs

    @property
    def _state(self) -> Path:
        return self.path / "state.pt"

    @property
    def _metrics(self) -> Path:
        return self.path / "metrics.json"

    def _require_same(self, earlier: Mapping[str, Any]) -> None:
        for name, then, now in _differences(earlier, self._identity):
            raise SettingsError(f"{self.path} was begun with other settings: {name} was {then}, is {now}", _REMEDY)


def as_json(epochs: Sequence[Epoch]) -> list[dict[str, Any]]:
    """Epochs as JSON holds them, with what they are selected by."""
    plain: list[dict[str, Any]] = _EPOCHS.dump_python(tuple(epochs), mode="json")
    return [each | {"selection": epoch.dev.selection} for each, epoch in zip(plain, epochs, strict=True)]


def from_json(plain: Sequence[Mapping[str, Any]]) -> tuple[Epoch, ...]:
    """Epochs as `as_json` gave them.

    Raises:
        ValueError: They are something else.
    """
    epochs = [{name: value for name, value in each.items() if name != "selection"} for each in plain]
    return _EPOCHS.validate_python(epochs)


def _differences(then: object, now: object, name: str = "") -> Iterator[tuple[str, object, object]]:
    then, now = _by_name(then), _by_name(now)
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in sorted({*then, *now}):
            yield from _differences(then.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif then != now:
        yield name, then, now


def _by_name(value: object) -> object:
    """A list of named things, such as stages, by their names; everything else as it is."""
    named = isinstance(value, list) and value and all(isinstance(each, Mapping) and "name" in each for each in value)
    return {each["name"]: each for each in value} if isinstance(value, list) and named else value


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
