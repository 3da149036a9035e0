"""SubRip (.srt): a number, a line of times with commas, lines of text, an empty line."""

from collections.abc import Iterator, Sequence

from edge.captions.blocks import ARROW, Blocks, read_times
from edge.captions.cue import Cue, Found, Line, Malformed
from edge.captions.markup import subrip_voices

_EXAMPLE = "00:00:01,000 --> 00:00:04,000"


class SubRip:
    """Reads SubRip line by line. Names stand in front of the words: `ANNA: hello`."""

    def __init__(self) -> None:
        self._blocks = Blocks()

    def line(self, line: Line) -> Iterator[Found]:
        """The cues of a block, once it is over."""
        # Editors leave spaces on empty lines, and players take those for empty.
        block = self._blocks.push(line if line.text.strip() else Line(line.number, ""))
        if isinstance(block, Malformed):
            yield block
        else:
            yield from _cues(block)

    def broken(self) -> None:
        """Leave out the rest of the block."""
        self._blocks.give_up()

    def rest(self) -> Iterator[Found]:
        """The cues of the block so far."""
        block = self._blocks.take()
        yield from _cues(block)
        if (times := next((line for line in block if ARROW in line.text), None)) is not None:
            self._blocks.go_on(times)


def _cues(block: Sequence[Line]) -> Iterator[Found]:
    if not block:
        return
    numbered = block[0].text.strip().isdecimal()
    rest = block[1:] if numbered else block
    if not rest or ARROW not in rest[0].text:
        wrong = (rest or block)[0].number
        expected = "times" if numbered else "the number of a cue, or times"
        yield Malformed(wrong, f"{expected} such as {_EXAMPLE} are expected")
        return
    times = read_times(rest[0], _EXAMPLE)
    if isinstance(times, Malformed):
        yield times
        return
    if (missing := next((line for line in rest[1:] if ARROW in line.text), None)) is not None:
        yield Malformed(missing.number, "an empty line is expected between two cues")
        return
    for voice in subrip_voices("\n".join(line.text for line in rest[1:])):
        yield Cue(rest[0].number, times.start_s, times.end_s, voice.speaker, voice.rows)
