"""A whole file of captions as utterances, up to the first thing in it that cannot be read."""

from collections.abc import Iterator
from io import FileIO

from edge.captions.complaints import too_late
from edge.captions.cue import Found, Malformed
from edge.captions.intake import PIECE
from edge.captions.reader import CaptionReader, Format
from edge.captions.utterances import Assembler, Ignored, Joining, Made, Remark
from model.errors import SourceError
from realtime.events import Failure


def made_of(file: FileIO, name: str, kind: Format | None, joining: Joining) -> Iterator[Remark | Failure]:
    """The utterances of a file, and reports of corrections that came too late.

    Args:
        file: The file, at its start.
        name: Its name, for messages.
        kind: Its format; None tells it from the first line.
        joining: When cues are one utterance.

    Raises:
        SourceError: After the last utterance: something is malformed, cannot be read, or there was nothing in it.
    """
    empty = True
    for made in _made(file, name, CaptionReader(kind), Assembler(joining, restarts=False)):
        match made:
            case Malformed():
                raise SourceError(
                    f"{name}, line {made.line}: {made.problem}", "Mend it; what stands before it was analysed"
                )
            case Ignored():
                yield too_late(made)
            case Remark():
                empty = False
                yield made
    if empty:
        raise SourceError(f"{name} holds no captions: nobody says anything in it", "See what is written in it")


def _made(file: FileIO, name: str, reader: CaptionReader, assembler: Assembler) -> Iterator[Made]:
    try:
        for found in _found(file, name, reader):
            yield from assembler.add(found, 0.0)
    except SourceError:
        yield from assembler.rest()
        raise
    yield from assembler.rest()


def _found(file: FileIO, name: str, reader: CaptionReader) -> Iterator[Found]:
    while piece := _piece(file, name):
        yield from reader.push(piece)
    yield from reader.end()


def _piece(file: FileIO, name: str) -> bytes:
    try:
        return file.read(PIECE)
    except OSError as error:
        raise SourceError(f"{name} breaks off: {error.strerror}", "What stands before that was analysed") from error
