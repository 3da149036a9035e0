"""What a file must be: its hash as openai-whisper or the Hugging Face Hub publishes it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_CHUNK = 1 << 20


class Scheme(StrEnum):
    """What is hashed, and how."""

    SHA256 = "sha256"
    """The bytes: large files of the hub, and everything of openai-whisper."""

    GIT = "git"
    """The bytes after git's header, with SHA-1: small files of the hub."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash in hexadecimal, and what it is of."""

    scheme: Scheme
    value: str

    def matches(self, path: Path) -> bool:
        """Whether a file has this hash. Raises OSError where it cannot be read."""
        if self.scheme is Scheme.SHA256:
            hashing = hashlib.sha256()
        else:
            hashing = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashing.update(chunk)
        return hashing.hexdigest() == self.value
