"""Where settings come from: the environment goes over a configuration file, the file over the defaults."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import SettingsError as UndecodableError

from edge.settings import AppSettings
from model.config import refused_setting, unknown_setting
from model.errors import SettingsError

PRESETS = Path(__file__).parent.parent / "configs"
"""The folder of the shipped configurations, beside the packages in a checkout and in an installation alike."""

DEFAULT_PRESET = "default"

_PREFIX = "UNDERTONE_"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and where they were given.

    Attributes:
        settings: The effective settings.
        file: The configuration file that was read.
        in_file: Paths of the settings that the file gives.
    """

    settings: AppSettings
    file: Path
    in_file: frozenset[tuple[str, ...]]

    def origin(self, path: tuple[str, ...]) -> str:
        """Who gave a setting: an environment variable, the file, or nobody (`default`)."""
        if variable := _variable(path):
            return variable
        return self.file.name if path in self.in_file else "default"


def read_configuration(config: str | None = None) -> Configuration:
    """The effective settings.

    Args:
        config: Name of a preset such as `meeting`, or path of a YAML file; None takes the preset `default`.

    Raises:
        SettingsError: There is no such file, or something in it or in the environment is unknown, out of range or
            not allowed.
    """
    file = find_config(config or DEFAULT_PRESET)
    given = _read_yaml(file)
    _refuse_secrets(AppSettings, given, file)
    _refuse_unknown_variables()
    try:
        settings = AppSettings(**given)
    except ValidationError as error:
        path = tuple(str(name) for name in error.errors()[0]["loc"])
        raise refused_setting(error, AppSettings, where=_culprit(path) or str(file)) from error
    except UndecodableError as error:
        raise SettingsError(
            f"an environment variable does not hold JSON: {error}",
            f"Set single values, such as {_PREFIX}TRANSCRIBER__PART or {_PREFIX}BROKER__PORT",
        ) from error
    return Configuration(settings, file, frozenset(_paths(given)))


def find_config(config: str) -> Path:
    """The file of a preset's name, or of a path.

    Raises:
        SettingsError: There is no such preset or file.
    """
    path = Path(config)
    if not path.suffix and path.parent == Path():
        path = PRESETS / f"{config}.yaml"
    if not path.is_file():
        presets = ", ".join(sorted(preset.stem for preset in PRESETS.glob("*.yaml")))
        raise SettingsError(f"there is no configuration '{config}'", f"Give a YAML file, or one of: {presets}")
    return path


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}", "Give a readable YAML file") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{file}, line {line}, {error.problem}", "Mend the YAML there") from error
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise SettingsError(
            f"{file} holds no settings", "Write lines such as `site: home`; `undertone config` shows all"
        )
    return {str(key): value for key, value in given.items()}


def _refuse_secrets(settings: type[BaseModel], given: Mapping[str, Any], file: Path, *above: str) -> None:
    """Raise if the file holds a secret: files are copied, committed and shown."""
    for name, field in settings.model_fields.items():
        if name not in given:
            continue
        path = (*above, name)
        if field.annotation in {SecretStr, SecretStr | None}:
            raise SettingsError(
                f"setting '{'.'.join(path)}' must not stand in a file, and stands in {file}",
                f"Set the environment variable {_PREFIX}{'__'.join(path).upper()} instead",
            )
        if (
            isinstance(field.annotation, type)
            and issubclass(field.annotation, BaseModel)
            and isinstance(given[name], dict)
        ):
            _refuse_secrets(field.annotation, given[name], file, *path)


def _refuse_unknown_variables() -> None:
    """Raise for an environment variable that looks like a setting and is none."""
    for variable in sorted(os.environ):
        if variable.upper().startswith(_PREFIX):
            first = variable[len(_PREFIX) :].lower().split("__")[0]
            if first not in AppSettings.model_fields:
                raise unknown_setting([first], AppSettings.model_fields, f"the environment variable {variable}")


def _variable(path: tuple[str, ...]) -> str | None:
    """The environment variable that gives a setting, where there is one."""
    wanted = _PREFIX + "__".join(path).upper()
    return next((variable for variable in os.environ if variable.upper() == wanted), None)


def _culprit(path: tuple[str, ...]) -> str | None:
    """The environment variable that gives a setting or the branch or list it is in."""
    return next(filter(None, (_variable(path[:length]) for length in range(len(path), 0, -1))), None)


def _paths(given: Mapping[str, Any], *above: str) -> Iterator[tuple[str, ...]]:
    for key, value in given.items():
        yield (*above, str(key))
        if isinstance(value, dict):
            yield from _paths(value, *above, str(key))
