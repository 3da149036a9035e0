"""What is kept of people who had their voice enrolled: one file each, with a vector and no sound.

A voice vector identifies a person: it is biometric data (Article 9 of the GDPR). It stays on this machine, where only
its owner can read it, and is gone once its file is removed, which happens by itself when it is old.
"""

import logging
import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from model.voice.ge2e import weights_sha256
from realtime.voices.encoder import VECTOR
from realtime.voices.people import Enrolled

_LOG = logging.getLogger(__name__)
_OWNER_ONLY_FILE = 0o600
_OWNER_ONLY_FOLDER = 0o700
_NAME_MAX = 64


class Enrolment(BaseModel):
    """One person's file.

    Attributes:
        name: What the person is called.
        enrolled: When.
        speech_s: How long they spoke for it, seconds.
        weights_sha256: The network that heard them; its vectors can be compared with no other's.
        vector: Their voice, of length 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_NAME_MAX)]
    enrolled: AwareDatetime
    speech_s: float = Field(gt=0)
    weights_sha256: str
    vector: tuple[float, ...] = Field(min_length=VECTOR, max_length=VECTOR)

    def until(self, days: float | None) -> datetime | None:
        """When it is old, if a voice is kept for so many days; None where it never is."""
        return None if days is None else self.enrolled + timedelta(days=days)


def folder() -> Path:
    """Where the files lie: `undertone/speakers` in the user's data folder of the XDG base directory specification."""
    home = os.environ.get("XDG_DATA_HOME", "")
    data = Path(home) if home and Path(home).is_absolute() else Path.home() / ".local" / "share"
    return data / "undertone" / "speakers"


def path_of(name: str) -> Path:
    """The file of somebody, whatever the name consists of."""
    return folder() / f"{sha256(name.encode()).hexdigest()[:32]}.json"


def checked_name(name: str) -> str:
    """The name as it is shown and published.

    Raises:
        SettingsError: It is empty, too long, holds what is not text, or is one that undertone gives itself.
    """
    name = normalize("NFC", " ".join(name.split()))
    if not 1 <= len(name) <= _NAME_MAX or not name.isprintable():
        raise SettingsError(f"{name!r} is no name", f"Give one of 1 to {_NAME_MAX} letters")
    if name == UNKNOWN_SPEAKER or (name[0] == "s" and name[1:].isdecimal()):
        raise SettingsError(f"{name!r} is what undertone calls people it does not know", "Choose another name")
    return name


def write(enrolment: Enrolment) -> Path:
    """Keep a person's vector, in place of the one before, where only the owner can read it.

    Raises:
        SettingsError: The folder cannot be written to.
    """
    path = path_of(enrolment.name)
    half = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        path.parent.chmod(_OWNER_ONLY_FOLDER)
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY_FILE), "w") as file:
            file.write(enrolment.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise SettingsError(f"{path.parent} cannot be written to: {error}", "Make it writable for you") from error
    return path


def remove(name: str) -> bool:
    """Remove a person's file; whether there was one.

    Raises:
        SettingsError: It cannot be removed.
    """
    path = path_of(name)
    try:
        path.with_suffix(".part").unlink(missing_ok=True)
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SettingsError(f"{path} cannot be removed: {error}", "Remove it by hand") from error
    return True


def enrolments() -> list[Enrolment]:
    """Everybody's file, by name.

    Raises:
        SettingsError: A file cannot be read or was damaged.
    """
    found = [_read(path) for path in folder().glob("*.json")]
    return sorted((enrolment for enrolment in found if enrolment), key=lambda enrolment: enrolment.name)


def find(name: str) -> Enrolment | None:
    """Somebody's file, if there is one. Raises as `enrolments` does."""
    path = path_of(name)
    return _read(path) if path.exists() else None


def remove_expired(days: float | None, now: datetime | None = None) -> list[str]:
    """Remove the voices that are old; the names of whom they were.

    Args:
        days: For how many days a voice is kept; None for ever.
        now: Wall time, unless that of the machine.

    Raises:
        SettingsError: A file cannot be read or removed, or was damaged.
    """
    now = now or datetime.now(UTC)
    kept_until = {person.name: person.until(days) for person in enrolments()} if days is not None else {}
    expired = [name for name, until in kept_until.items() if until is not None and until <= now]
    for name in expired:
        remove(name)
    if expired:
        _LOG.warning(
            "enrolled voices that were removed: %d. Voices are kept for %g days; to know somebody by name still, enrol "
            "them again: undertone speakers enrol NAME FILE",
            len(expired),
            days,
        )
    return expired


def read_enrolled(days: float | None = None) -> list[Enrolled]:
    """Everybody whose voice can be compared with what the present network hears.

    Args:
        days: For how many days a voice is kept: what is older is removed, not read; None for ever.

    Raises:
        SettingsError: A file cannot be read or was damaged.
        PartMissingError: resemblyzer is not installed.
    """
    remove_expired(days)
    everybody = enrolments()
    present = weights_sha256() if everybody else ""
    return [
        Enrolled(person.name, np.array(person.vector, np.float32))
        for person in everybody
        if person.weights_sha256 == present
    ]


def new_enrolment(name: str, vector: NDArray[np.float64], speech_s: float, now: datetime) -> Enrolment:
    """The file of somebody whose voice was just heard."""
    return Enrolment(
        name=name,
        enrolled=now,
        speech_s=round(speech_s, 1),
        weights_sha256=weights_sha256(),
        vector=tuple(round(float(value), 6) for value in vector),
    )


def _read(path: Path) -> Enrolment | None:
    """What a file holds; None if it was removed meanwhile."""
    try:
        return Enrolment.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"{path} is not a voice that was enrolled: {str(error).splitlines()[0]}",
            "Remove the file, and enrol the person again: undertone speakers enrol NAME FILE",
        ) from error
