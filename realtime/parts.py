"""Finding a part by its name: the file's name is its name in the configuration, and it is imported only when chosen."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.config import Config, refused_setting
from model.errors import PartMissingError, SettingsError


class PartChoice(BaseModel):
    """A part chosen by name, with whatever settings that part has: `{part: silero, endpoint_s: 0.5}`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    part: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The part's file name, without .py.")

    @property
    def own(self) -> dict[str, Any]:
        """The keys that belong to the part itself."""
        return dict(self.model_extra or {})

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """The part, and the names of its settings only: a value may be a password."""
        return [("part", self.part), ("own", sorted(self.own))]


def part_names(package: str) -> list[str]:
    """Names of all parts in a package such as `realtime.transcribers`."""
    path = importlib.import_module(package).__path__
    return sorted(module.name for module in pkgutil.iter_modules(path))


def settings_class(package: str, name: str) -> type[Config]:
    """The class of a part's own settings.

    Raises:
        SettingsError: There is no such part.
        PartMissingError: A library the part needs is not installed.
    """
    settings: type[Config] = _import(package, name).Settings
    return settings


def part_settings(package: str, choice: PartChoice) -> Config:
    """The chosen part's settings, validated. Raises as `settings_class` does, and for a setting it does not have."""
    settings = settings_class(package, choice.part)
    try:
        return settings.model_validate(choice.own)
    except ValidationError as error:
        kind = package.rpartition(".")[2].removesuffix("s")
        raise refused_setting(error, settings, within=kind) from error


def load_part(package: str, choice: PartChoice, *context: object) -> Any:  # noqa: ANN401 - the caller names the protocol
    """The chosen part, created from its settings and what its kind needs besides. Raises as `part_settings` does."""
    settings = part_settings(package, choice)
    return _import(package, choice.part).create(settings, *context)


def _import(package: str, name: str) -> Any:  # noqa: ANN401 - a module
    names = part_names(package)
    kind = package.rpartition(".")[2]
    if name not in names:
        raise SettingsError(f"there is no part {name!r} among the {kind}", f"Choose one of: {', '.join(names)}")
    try:
        return importlib.import_module(f"{package}.{name}")
    except ImportError as error:
        raise PartMissingError(
            f"{kind} {name} needs the Python package {error.name!r}", f"Install it: pip install {error.name}"
        ) from error
