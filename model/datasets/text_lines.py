"""The lines of a text file, and errors that name the one read last."""

from collections.abc import Iterator
from pathlib import Path

from model.datasets import raw_file
from model.errors import DataError


class Lines(Iterator[str]):
    """The lines of a file without their ends, knowing which one was read last.

    A line ends at a line feed, with or without a carriage return, and nowhere else: a text may hold the separators
    of Unicode.

    Args:
        path: The file; UTF-8, with or without a byte order mark.
        remedy: What to do about a broken line.
        stray_encoding: How to read a line that is not UTF-8; None refuses it.

    Attributes:
        number: Of the line read last, from 1; 0 before the first.

    Raises:
        DataError: The file cannot be read, or (while iterating) a line is not text.
    """

    def __init__(self, path: Path, remedy: str, stray_encoding: str | None = None) -> None:
        self.number = 0
        self._path = path
        self._remedy = remedy
        self._stray_encoding = stray_encoding
        self._lines = iter(raw_file.read(path, remedy).removesuffix(b"\n").split(b"\n"))

    def __next__(self) -> str:
        raw = next(self._lines).removesuffix(b"\r")
        self.number += 1
        try:
            return self._decoded(raw)
        except UnicodeDecodeError as error:
            raise self.error("not UTF-8 text") from error

    def error(self, problem: str) -> DataError:
        """The complaint about the line read last."""
        return DataError(f"{self._path}, line {max(self.number, 1)}: {problem}", self._remedy)

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if self._stray_encoding is None:
                raise
            return raw.decode(self._stray_encoding)


def quote(line: str) -> str:
    """A line as an error shows it: on one line itself, and cut where it is long."""
    longest = 60
    return repr(line if len(line) <= longest else line[:longest] + "…")
