"""Captions of any format: bytes in, cues out; which format it is can be left to the first line."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from edge.captions.blocks import ARROW
from edge.captions.cue import Found, Line, Malformed, Parser
from edge.captions.json_lines import JsonLines
from edge.captions.lines import Lines
from edge.captions.subrip import SubRip
from edge.captions.webvtt import WebVtt


class Format(StrEnum):
    """How captions are written down."""

    WEBVTT = "webvtt"
    SUBRIP = "subrip"
    JSONL = "jsonl"


SUFFIXES = {".vtt": Format.WEBVTT, ".srt": Format.SUBRIP, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}
"""What files of each format are called."""

_PARSERS: dict[Format, Callable[[], Parser]] = {
    Format.WEBVTT: WebVtt,
    Format.SUBRIP: SubRip,
    Format.JSONL: JsonLines,
}


class CaptionReader:
    """Reads captions piece by piece, however they are divided.

    Args:
        kind: The format; None tells it from the first line that is not empty.
    """

    def __init__(self, kind: Format | None) -> None:
        self._lines = Lines()
        self._parser = _PARSERS[kind]() if kind is not None else None

    def push(self, piece: bytes) -> Iterator[Found]:
        """What is complete with this piece."""
        for line in self._lines.push(piece):
            yield from self._line(line)

    def rest(self) -> Iterator[Found]:
        """What the whole lines so far say although nothing ends it yet; more may follow."""
        if self._parser is not None:
            yield from self._parser.rest()

    def end(self) -> Iterator[Found]:
        """What is left: nothing follows."""
        for line in self._lines.end():
            yield from self._line(line)
        yield from self.rest()

    def _line(self, line: Line | Malformed) -> Iterator[Found]:
        if isinstance(line, Malformed):
            if self._parser is not None:
                self._parser.broken()
            yield line
            return
        if self._parser is None:
            if not line.text.strip():
                return
            if (kind := told_by(line.text)) is None:
                expected = "WEBVTT, the number of a SubRip cue, or a JSON object"
                yield Malformed(line.number, f"captions are expected, beginning with {expected}")
                return
            self._parser = _PARSERS[kind]()
        yield from self._parser.line(line)


def told_by(line: str) -> Format | None:
    """The format of captions with this first line; None for none of them."""
    text = line.strip()
    if text.startswith("WEBVTT"):
        return Format.WEBVTT
    if text.startswith("{"):
        return Format.JSONL
    return Format.SUBRIP if text.isdecimal() or ARROW in text else None
