"""WebVTT, as Teams, Zoom, Meet and YouTube write it. Source: W3C, WebVTT: The Web Video Text Tracks Format."""

from collections.abc import Iterator, Sequence

from edge.captions.blocks import ARROW, Blocks, Times, read_times
from edge.captions.cue import Cue, Found, Line, Malformed
from edge.captions.markup import webvtt_voices

_EXAMPLE = "00:00:01.000 --> 00:00:04.000"
_HEADER = "WEBVTT"
_NOT_CUES = ("NOTE", "STYLE", "REGION")


class WebVtt:
    """Reads WebVTT line by line: a header, then cues; comments, styles, regions and cue settings are left out."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._header_due = True

    def line(self, line: Line) -> Iterator[Found]:
        """The cues of a block, once it is over."""
        block = self._blocks.push(line)
        if isinstance(block, Malformed):
            yield block
        else:
            yield from self._read(block)

    def broken(self) -> None:
        """Leave out the rest of the block."""
        self._blocks.give_up()

    def rest(self) -> Iterator[Found]:
        """The cues of the block so far."""
        block = self._blocks.take()
        yield from self._read(block)
        if (times := next((line for line in block if ARROW in line.text), None)) is not None:
            self._blocks.go_on(times)

    def _read(self, block: Sequence[Line]) -> Iterator[Found]:
        if not block:
            return
        if self._header_due:
            self._header_due = False
            if _is(block[0], _HEADER):
                yield from _after_header(block)
                return
            yield Malformed(block[0].number, f"a first line with {_HEADER} is expected")
        if not any(_is(block[0], word) for word in _NOT_CUES):
            yield from _cues(block)


def _is(line: Line, word: str) -> bool:
    """Whether a line begins with a keyword of the format."""
    return line.text.split(maxsplit=1)[:1] == [word]


def _after_header(block: Sequence[Line]) -> Iterator[Found]:
    """Nothing: the rest of the header is about the file."""
    for line in block:
        if ARROW in line.text:
            yield Malformed(line.number, f"an empty line is expected between {_HEADER} and the first cue")
            return


def _cues(block: Sequence[Line]) -> Iterator[Found]:
    at = next((number for number, line in enumerate(block[:2]) if ARROW in line.text), None)
    if at is None:
        yield Malformed(block[0].number, f"a cue with times such as {_EXAMPLE} is expected")
        return
    times, payload = read_times(block[at], _EXAMPLE), block[at + 1 :]
    if isinstance(times, Malformed):
        yield times
    elif (wrong := next((line for line in payload if ARROW in line.text), None)) is not None:
        yield Malformed(wrong.number, "an empty line is expected between two cues")
    else:
        yield from _spoken(block[at].number, times, payload)


def _spoken(number: int, times: Times, payload: Sequence[Line]) -> Iterator[Cue]:
    for voice in webvtt_voices("\n".join(line.text for line in payload)):
        yield Cue(number, times.start_s, times.end_s, voice.speaker, voice.rows)
