"""Bytes as they come, cut into lines of text."""

import re
from collections.abc import Iterator

from edge.captions.cue import Line, Malformed

LONGEST_LINE = 65_536
"""Bytes in the longest line that is read; a longer one is malformed, and never held as a whole."""

_END = re.compile(rb"\r\n|\r|\n")
_MARK = b"\xef\xbb\xbf"  # the byte order mark, which some programs put first


class Lines:
    """Cuts pieces into lines, however they are divided; a line ends with CR, LF or both."""

    def __init__(self) -> None:
        self._number = 1
        self._rest = bytearray()
        self._too_long = False
        self._returned = False

    def push(self, piece: bytes) -> Iterator[Line | Malformed]:
        """The lines that end in this piece."""
        if not piece:
            return
        if self._returned:
            piece = piece.removeprefix(b"\n")  # the second half of a CR LF
        self._returned = piece.endswith(b"\r")
        *ended, rest = _END.split(piece)
        for part in ended:
            self._keep(part)
            yield self._line()
        self._keep(rest)

    def end(self) -> Iterator[Line | Malformed]:
        """The last line, where nothing ends it."""
        if self._rest or self._too_long:
            yield self._line()

    def _keep(self, part: bytes) -> None:
        self._too_long = self._too_long or len(self._rest) + len(part) > LONGEST_LINE
        if self._too_long:
            self._rest.clear()
        else:
            self._rest += part

    def _line(self) -> Line | Malformed:
        number, raw, too_long = self._number, bytes(self._rest), self._too_long
        self._number += 1
        self._rest.clear()
        self._too_long = False
        if too_long:
            return Malformed(number, f"the line is longer than {LONGEST_LINE} bytes")
        return _decoded(number, raw.removeprefix(_MARK) if number == 1 else raw)


def _decoded(number: int, raw: bytes) -> Line | Malformed:
    if (place := raw.find(b"\0")) >= 0:
        return Malformed(number, f"byte {place + 1} is NUL; UTF-8 text is expected: is this UTF-16, or no text?")
    try:
        return Line(number, raw.decode())
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8"
        return Malformed(number, f"{found}; convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW")
