"""Files that hold a secret: who else may read them, and the password in one."""

import stat
from pathlib import Path
from typing import Final

from model.errors import SettingsError

_LONGEST: Final = 1_000
_ANYBODY: Final = stat.S_IRWXO


def open_to_others(file: Path) -> bool:
    """Whether anybody on this machine may read or change a file. Its group may: so are keys shared with a service.

    Raises:
        OSError: It is not there.
    """
    return bool(file.stat().st_mode & _ANYBODY)


def closed_secret(file: Path, setting: str) -> Path:
    """The file, once it is certain that it is there and no secret to others.

    Args:
        file: Where the secret is; `~` is the home folder.
        setting: Its setting, for the message.

    Raises:
        SettingsError: It is not there, or others may read it.
    """
    path = file.expanduser()
    try:
        if open_to_others(path):
            raise SettingsError(f"{setting}: everybody on this machine may read {path}", f"chmod 600 {path}")
    except OSError as error:
        raise SettingsError(f"{setting}: {path} cannot be read: {error.strerror}", "Give a readable file") from error
    return path


def read_password(file: Path, setting: str) -> str:
    """The password that is the first and only line of a file.

    Raises:
        SettingsError: The file cannot be read, others may read it, or it holds something else. What it holds is not
            in the message.
    """
    path = closed_secret(file, setting)
    try:
        with path.open(encoding="utf-8") as lines:
            text = lines.read(_LONGEST + 1)
    except OSError as error:
        raise SettingsError(f"{setting}: {path} cannot be read: {error.strerror}", f"ls -l {path}") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{setting}: {path} is no text in UTF-8", "Write the password alone into it") from None
    password = text.removesuffix("\n").removesuffix("\r")
    if not password or len(text) > _LONGEST or "\n" in password or "\0" in password:
        raise SettingsError(f"{setting}: {path} does not hold one line", "Write the password alone into it")
    return password
