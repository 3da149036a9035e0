"""A value out of a structured file, together with where it stands, so that complaints can name the place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.errors import DataError

_TOO_LARGE = 2**63


@dataclass(frozen=True, slots=True)
class Located:
    """A value and its place.

    Attributes:
        value: As the file's parser gave it.
        file: Where it was read.
        place: The way to it from the top of the file, as JSONPath writes it (RFC 9535): `$[3].conversation[0].text`.
        remedy: What to do about a broken value.
    """

    value: object
    file: Path
    place: str
    remedy: str

    def error(self, problem: str) -> DataError:
        """The complaint about this value."""
        return DataError(f"{self.file}, {self.place}: {problem}", self.remedy)

    def elements(self) -> tuple["Located", ...]:
        """Of a list, each with its place.

        Raises:
            DataError: It is no list.
        """
        if not isinstance(self.value, Sequence) or isinstance(self.value, str | bytes):
            raise self._unexpected("a list")
        return tuple(self._below(f"[{index}]", value) for index, value in enumerate(self.value))

    def members(self) -> dict[str, "Located"]:
        """Of an object, by name, in file order.

        Raises:
            DataError: It is no object, or a name in it is no text.
        """
        if not isinstance(self.value, dict):
            raise self._unexpected("an object with names")
        if not all(isinstance(name, str) for name in self.value):
            raise self.error("a name in it is no text")
        return {name: self._below(f".{name}", value) for name, value in self.value.items()}

    def member(self, name: str) -> "Located":
        """The member of that name.

        Raises:
            DataError: There is none.
        """
        members = self.members()
        if name not in members:
            raise self.error(f"{name!r} is missing; there is {', '.join(members) or 'nothing'}")
        return members[name]

    def text(self) -> str:
        """The value as text.

        Raises:
            DataError: It is none, or holds half of a character (a surrogate), which cannot be written as UTF-8.
        """
        if not isinstance(self.value, str):
            raise self._unexpected("a text")
        if any("\ud800" <= character <= "\udfff" for character in self.value):
            raise self.error("the text holds half of a character")
        return self.value

    def whole_number(self) -> int:
        """The value as a whole number.

        Raises:
            DataError: It is none, or needs more than 64 bits; neither 1.0 nor true is one.
        """
        if not isinstance(self.value, int) or isinstance(self.value, bool) or abs(self.value) >= _TOO_LARGE:
            raise self._unexpected("a whole number")
        return self.value

    def name(self) -> str:
        """The value as what something is called: a text that is not empty, or a number.

        Raises:
            DataError: It is neither.
        """
        name = self.text().strip() if isinstance(self.value, str) else str(self.whole_number())
        if not name:
            raise self.error("the name is empty")
        return name

    def _below(self, step: str, value: object) -> "Located":
        return Located(value, self.file, self.place + step, self.remedy)

    def _unexpected(self, expected: str) -> DataError:
        return self.error(f"expected {expected}, found {_shown(self.value)}")


def _shown(value: object) -> str:
    longest = 60
    match value:
        case None:
            return "null"
        case str() | bool() | float():
            shown = f"{type(value).__name__} {value!r}"
            return shown[:longest] + "…" * (len(shown) > longest)
        case int() if abs(value) < _TOO_LARGE:
            return f"int {value}"
        case _:
            # What is inside may be nested without end, and a number too long to write.
            return type(value).__name__
