"""The settings in force, each with its meaning, its range and who gave it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from edge.configuration import Configuration, is_secret
from edge.settings import PART_PACKAGES
from realtime.parts import PartChoice, part_names, part_settings

_LIMITS = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """One setting as it is in force.

    Attributes:
        path: Its names from the outermost in.
        value: A plain value, or None for a branch of further settings, which follow. Never a secret.
        meaning: One line: what it is, its unit, and what it may be.
        origin: The command line, an environment variable or a file; None where it is the default.
        branch: Whether it is a branch.
        secret: Whether its value is withheld.
    """

    path: tuple[str, ...]
    value: Any
    meaning: str
    origin: str | None
    branch: bool = False
    secret: bool = False


def effective_settings(configuration: Configuration) -> list[EffectiveSetting]:
    """Every setting in force, those of the chosen parts included, branches before what is in them.

    Raises:
        SettingsError: A chosen part does not exist or has no such setting.
        PartMissingError: A library that a chosen part needs is not installed.
    """
    return list(_settings(configuration, configuration.settings))


def as_yaml(settings: list[EffectiveSetting]) -> Iterator[str]:
    """Lines of a configuration file that would give these settings, each with its meaning above it."""
    for setting in settings:
        indent = "  " * (len(setting.path) - 1)
        if len(setting.path) == 1:
            yield ""
        yield f"{indent}# {setting.meaning}"
        if setting.branch:
            yield f"{indent}{setting.path[-1]}:"
        elif setting.secret:
            state = "set, not shown" if setting.value else "not set"
            yield f"{indent}# {setting.path[-1]}: {state}{_origin(setting)}"
        else:
            yield f"{indent}{setting.path[-1]}: {_scalar(setting.value)}{_origin(setting)}"


def as_tree(settings: list[EffectiveSetting]) -> dict[str, Any]:
    """The same as nested plain values; a secret is True where it is set."""
    tree: dict[str, Any] = {}
    for setting in settings:
        inner = tree
        for name in setting.path[:-1]:
            inner = inner[name]
        inner[setting.path[-1]] = {} if setting.branch else setting.value
    return tree


def _settings(configuration: Configuration, model: BaseModel, *above: str) -> Iterator[EffectiveSetting]:
    for name, field in type(model).model_fields.items():
        path = (*above, name)
        value = getattr(model, name)
        origin = _shown(configuration, path)
        if isinstance(value, PartChoice):
            yield EffectiveSetting(path, None, field.description or "", origin, branch=True)
            yield from _part(configuration, path, value)
        elif isinstance(value, BaseModel):
            yield EffectiveSetting(path, None, field.description or "", origin, branch=True)
            yield from _settings(configuration, value, *path)
        elif is_secret(field):
            yield EffectiveSetting(path, value is not None, _meaning(field), origin, secret=True)
        else:
            yield EffectiveSetting(path, _plain(value), _meaning(field), origin)


def _part(configuration: Configuration, path: tuple[str, ...], choice: PartChoice) -> Iterator[EffectiveSetting]:
    package = PART_PACKAGES[path[-1]]
    chosen = (*path, "part")
    choices = f"Which part, one of: {', '.join(part_names(package))}."
    yield EffectiveSetting(chosen, choice.part, choices, _shown(configuration, chosen))
    yield from _settings(configuration, part_settings(package, choice), *path)


def _shown(configuration: Configuration, path: tuple[str, ...]) -> str | None:
    """Who gave a setting; of the file its name only, for its path stands once above."""
    origin = configuration.origins.of(path)
    return configuration.origins.file.name if origin == str(configuration.origins.file) else origin


def _meaning(field: FieldInfo) -> str:
    """The field's description, and what it may be."""
    words = [field.description or "", _range(field), _choices(field.annotation)]
    return " ".join(filter(None, words))


def _range(field: FieldInfo) -> str:
    limits = {
        name: getattr(limit, name)
        for limit in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(limit, name)
    }
    words = [f"{_LIMITS[name]} {value}" for name, value in limits.items()]
    return f"({' '.join(words)})" if words else ""


def _choices(annotation: Any) -> str:  # noqa: ANN401 - any type there is
    """The values of an enumeration or a literal, also inside a list or an option."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f"({', '.join(str(member.value) for member in annotation)})"
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal:
        return f"({', '.join(map(str, arguments))})"
    return next(filter(None, map(_choices, arguments)), "")


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting there is
    """The value as YAML and JSON know it."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def _origin(setting: EffectiveSetting) -> str:
    return f"  # from {setting.origin}" if setting.origin else ""


def _scalar(value: Any) -> str:  # noqa: ANN401 - a plain value
    """The value on one line of YAML."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=1_000_000, allow_unicode=True)
        .removesuffix("...\n")
        .strip()
    )
