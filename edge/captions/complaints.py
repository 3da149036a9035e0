"""What is said about live captions that cannot be read: something, but not a message for each line of rubbish."""

import logging

from edge.captions.cue import Malformed
from edge.captions.utterances import Ignored
from realtime.events import Failure

_LOG = logging.getLogger(__name__)
_STAGE = "captions"


class Complaints:
    """Reports the first of what is wrong in a row, and how much more there was once something is right again."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def malformed(self, found: Malformed) -> list[Failure]:
        """Something was left out."""
        self._in_a_row += 1
        if self._in_a_row > 1:
            return []
        return [_failure("malformed", f"line {found.line}: {found.problem}", f"line-{found.line}")]

    def right(self) -> list[Failure]:
        """Something was right."""
        more, self._in_a_row = self._in_a_row - 1, 0
        return [_failure("malformed", f"{more} more pieces after it could not be read", None)] if more > 0 else []


def too_late(found: Ignored) -> Failure:
    """A correction came too late; nothing is lost by it."""
    return _failure("too_late", f"line {found.line}: {found.problem}", None)


def _failure(code: str, message: str, segment: str | None) -> Failure:
    _LOG.warning("%s", message)
    return Failure(_STAGE, code, message, segment)
