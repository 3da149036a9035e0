"""The base of every settings class, and the one line that says what is wrong with a setting."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from model.errors import SettingsError


class Config(BaseModel):
    """Settings of one part. Subclasses give each field a unit, a range and one line of meaning."""

    # A trace must not show what was given: it may be a password.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


def listed(given: object) -> object:
    """Takes `anna,ben`, as an environment variable has it, for a list; everything else as it is."""
    return [word.strip() for word in given.split(",")] if isinstance(given, str) else given


def unknown_setting(path: Sequence[str], known: Iterable[str], where: str = "") -> SettingsError:
    """The refusal of a setting that does not exist; names the one that was probably meant.

    Args:
        path: The setting's names from the outermost in.
        known: The names that exist beside it.
        where: Where it was given, such as a file's name.
    """
    known = sorted(known)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    remedy = f"Did you mean '{'.'.join([*path[:-1], *near])}'?" if near else f"Known here: {', '.join(known) or 'none'}"
    return SettingsError(f"unknown setting '{'.'.join(path)}'{_from(where)}", remedy)


def refused_setting(
    error: ValidationError,
    settings: type[BaseModel],
    within: str = "",
    where: Callable[[tuple[str, ...]], str] = lambda _: "",
) -> SettingsError:
    """The most telling complaint of a validation, in one line that says what to do.

    Args:
        error: What pydantic raised.
        settings: The class it raised it for.
        within: Name of the branch these settings are, such as `segmenter`.
        where: Says where the setting of a path was given, such as in a file of some name.
    """
    complaints = error.errors(include_url=False)
    complaint = next((each for each in complaints if each["type"] == "extra_forbidden"), complaints[0])
    names = [str(name) for name in complaint["loc"]]
    path = (*filter(None, [within]), *names)
    if complaint["type"] == "extra_forbidden":
        return unknown_setting(path, _fields_at(settings, names[:-1]), where(path))
    if complaint["type"] == "missing":
        return SettingsError(f"setting '{'.'.join(path)}' is missing", "It has no default: give it a value")
    place = _from(where(path)) if names else ""
    shown = "" if _is_secret(settings, names) else _given(complaint["input"])
    return SettingsError(
        f"setting '{'.'.join(path)}'{place}: {_plain(complaint['msg'])}{shown}",
        "`undertone config` lists every setting with its meaning and range",
    )


def is_secret(annotation: object) -> bool:
    """Whether a value of this type must be neither stored nor shown."""
    return SecretStr in (annotation, *get_args(annotation))


def _is_secret(settings: type[BaseModel], names: Sequence[str]) -> bool:
    """Whether the setting of this path, or one it is in, is secret."""
    for name in names:
        field = settings.model_fields.get(name)
        if field is None:
            return False
        if is_secret(field.annotation):
            return True
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return False
        settings = field.annotation
    return False


def _fields_at(settings: type[BaseModel], names: Sequence[str]) -> list[str]:
    for name in names:
        if name.isdecimal():  # a place in a list, whose type was looked into already
            continue
        annotation = settings.model_fields[name].annotation
        inner = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        settings = inner
    return list(settings.model_fields)


def _from(where: str) -> str:
    return f" in {where}" if where else ""


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _given(value: Any) -> str:  # noqa: ANN401 - whatever stood there
    return f" (it is {value!r})" if isinstance(value, str | int | float | bool) else ""
