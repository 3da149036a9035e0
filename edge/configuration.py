"""Where settings come from: the command line over the environment, that over a file, the file over the defaults."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UndecodableError

from edge.settings import PART_PACKAGES, AppSettings
from edge.yaml_file import read_yaml
from model.config import Config, refused_setting, unknown_setting
from model.config import is_secret as annotated_secret
from model.errors import SettingsError
from realtime.parts import PartChoice, settings_class
from realtime.recognition import weights

PRESETS = Path(__file__).parent.parent / "configs"
"""The folder of the shipped configurations, beside the packages in a checkout and in an installation alike."""

DEFAULT_PRESET = "default"

SettingPath = tuple[str, ...]
"""A setting's names from the outermost in, such as `("segmenter", "endpoint_s")`."""

_PREFIX = "UNDERTONE_"
_NO_SETTINGS = {weights.FOLDER_VARIABLE}  # where weights lie is the same for every configuration
_COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True)
class Origins:
    """Who gave which setting.

    Attributes:
        file: The configuration file that was read.
        in_file: The settings that the file gives.
        in_command: The settings that the command line gives; what it gives, it gives as a whole.
    """

    file: Path
    in_file: frozenset[SettingPath]
    in_command: frozenset[SettingPath] = frozenset()

    def of(self, path: SettingPath) -> str | None:
        """The command line, an environment variable, the file, or nobody (None)."""
        if path[:1] in self.in_command:
            return _COMMAND_LINE if path in self.in_command else None
        return _variable(path) or (str(self.file) if path in self.in_file else None)

    def blamed(self, path: SettingPath) -> str:
        """Where to look for what is wrong with a setting, or with the branch or list it is in."""
        if path[:1] in self.in_command:
            return _COMMAND_LINE
        branches = (_variable(path[:length]) for length in range(len(path), 0, -1))
        return next(filter(None, branches), str(self.file))


@dataclass(frozen=True, slots=True)
class Configuration:
    """The effective settings, those of the chosen parts checked too, and who gave them."""

    settings: AppSettings
    origins: Origins


class _LayeredSettings(AppSettings, BaseSettings):
    """What it is given, and the environment over that."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", env_parse_none_str="null")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def read_configuration(config: str | None = None, overrides: Mapping[str, Any] | None = None) -> Configuration:
    """The effective settings.

    Args:
        config: Name of a preset such as `meeting`, or path of a YAML file; None takes the preset `default`.
        overrides: Top-level settings that replace all others of their name, as the command line gives them.

    Raises:
        SettingsError: There is no such file, or something in it or in the environment is unknown, out of range or
            not allowed.
        PartMissingError: A library that a chosen part needs is not installed.
    """
    file = find_config(config or DEFAULT_PRESET)
    given = read_yaml(file)
    overrides = overrides or {}
    _refuse_unknown_variables()
    origins = Origins(file, frozenset(_paths(given)), frozenset(_paths(overrides)))
    _refuse_secrets(AppSettings, origins)
    settings = _validated(given, _with_secrets(overrides), origins)
    for setting, package in PART_PACKAGES.items():
        if choice := getattr(settings, setting):
            _check_part(setting, settings_class(package, choice.part), choice, origins)
    return Configuration(settings, origins)


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


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting's value must be neither stored nor shown."""
    return annotated_secret(field.annotation)


def _with_secrets(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The same; a part that is chosen there keeps the secrets of the environment: nothing else may give it any."""
    kept = dict(overrides)
    for setting, package in PART_PACKAGES.items():
        if choice := kept.get(setting):
            fields = settings_class(package, choice["part"]).model_fields
            variables = {name: _variable((setting, name)) for name, field in fields.items() if is_secret(field)}
            kept[setting] = {**choice, **{name: os.environ[given] for name, given in variables.items() if given}}
    return kept


def _validated(given: Mapping[str, Any], overrides: Mapping[str, Any], origins: Origins) -> AppSettings:
    try:
        settings = _LayeredSettings(**given)
        return AppSettings.model_validate({**settings.model_dump(exclude_unset=True), **overrides})
    except ValidationError as error:
        raise refused_setting(error, AppSettings, where=origins.blamed) from error
    except UndecodableError as error:
        raise SettingsError(
            f"an environment variable does not hold JSON: {error}",
            f"Set single values, such as {_PREFIX}TRANSCRIBER__PART or {_PREFIX}BROKER__PORT",
        ) from error


def _check_part(setting: str, own: type[Config], choice: PartChoice, origins: Origins) -> None:
    """Refuse settings that the chosen part does not have, and secrets in a file."""
    _refuse_secrets(own, origins, setting)
    try:
        own.model_validate(choice.own)
    except ValidationError as error:
        raise refused_setting(error, own, within=setting, where=origins.blamed) from error


def _refuse_secrets(settings: type[BaseModel], origins: Origins, *above: str) -> None:
    """Files are copied, committed and shown; a command line stands in the list of processes."""
    for name, field in settings.model_fields.items():
        path = (*above, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            _refuse_secrets(field.annotation, origins, *path)
        elif is_secret(field) and (origin := origins.of(path)) and origin != _variable(path):
            raise SettingsError(
                f"setting '{'.'.join(path)}' is a secret and must not stand in {origin}",
                f"Set the environment variable {_PREFIX}{'__'.join(path).upper()} instead",
            )


def _refuse_unknown_variables() -> None:
    """Raise for an environment variable that looks like a setting and is none."""
    for variable in sorted(os.environ):
        if variable.upper().startswith(_PREFIX) and variable not in _NO_SETTINGS:
            first = variable[len(_PREFIX) :].lower().split("__")[0]
            if first not in AppSettings.model_fields:
                raise unknown_setting([first], AppSettings.model_fields, f"the environment variable {variable}")


def _variable(path: SettingPath) -> str | None:
    """The environment variable that gives a setting, where there is one."""
    wanted = _PREFIX + "__".join(path).upper()
    return next((variable for variable in os.environ if variable.upper() == wanted), None)


def _paths(given: Mapping[str, Any], *above: str) -> Iterator[SettingPath]:
    for key, value in given.items():
        yield (*above, str(key))
        if isinstance(value, dict):
            yield from _paths(value, *above, str(key))
