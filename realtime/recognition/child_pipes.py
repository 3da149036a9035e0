"""The ends of the pipes inside a recogniser's process. Imports nothing heavy."""

import os
import signal
from typing import BinaryIO

from realtime.recognition.framing import PREFIX, Message, body_length, unpack


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Where messages come from and where answers go; from now on, what libraries print goes to standard error.

    The terminal's interrupt is ignored, too: our parent says when we end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Unbuffered, so that a selector sees everything that is still to be read.
    return os.fdopen(0, "rb", buffering=0), outbox


def read(inbox: BinaryIO) -> tuple[Message, bytes] | None:
    """The next message; None when there is no more."""
    prefix = _exactly(inbox, PREFIX)
    body = _exactly(inbox, body_length(prefix)) if prefix else b""
    return unpack(prefix, body) if body else None


def _exactly(inbox: BinaryIO, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = inbox.read(length - len(data))
        if not more:
            return b""
        data += more
    return data
