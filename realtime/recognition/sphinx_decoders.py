"""pocketsphinx decoders inside the recogniser's process: one per channel, and copies of them that finish ahead.

A decoder that has finished an utterance cannot go on with it. So an utterance is finished ahead in a fork of the
process, which takes some 20 ms; the decoder itself goes on where it was if speech resumes, and nothing is decoded
twice. If speech does not resume the decoder ends its utterance when there is nothing better to do.
"""

import json
import os
import re
import signal
from collections.abc import Callable, Sequence
from typing import NoReturn

import pocketsphinx

Words = list[tuple[str, float, float, float]]
"""Word, start and end in seconds from the utterance's first sample, and confidence."""

_FRAMES_PER_S = 100
_VARIANT = re.compile(r"\(\d+\)$")
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_READ_BYTES = 65536


def spoken(word: str) -> str:
    """The word as it is written: no number of a pronunciation, and nothing at all for silence and noise."""
    return "" if _FILLER.match(word) else _VARIANT.sub("", word)


class SphinxDecoder:
    """A decoder, the channel whose voice it has adapted to, and whether an utterance has yet to be ended.

    Args:
        settings: pocketsphinx's own settings.
    """

    def __init__(self, settings: dict[str, object]) -> None:
        self._decoder = pocketsphinx.Decoder(loglevel="FATAL", **settings)
        self._running = False
        self.channel: int | None = None
        self.busy = False

    @property
    def unsettled(self) -> bool:
        """Whether it is free but has yet to end its last utterance."""
        return self._running and not self.busy

    def begin(self) -> None:
        """Start an utterance."""
        self.settle()
        self._decoder.start_utt()
        self._running = True

    def hear(self, pcm: bytes) -> None:
        """Decode more of the utterance: 16-bit samples at 16 kHz."""
        self._decoder.process_raw(pcm)

    def text(self) -> str:
        """The words so far."""
        hypothesis = self._decoder.hyp()
        return " ".join(filter(None, map(spoken, hypothesis.hypstr.split()))) if hypothesis else ""

    def finish(self) -> Words:
        """End the utterance with all passes."""
        self.settle()
        return [
            (word, segment.start_frame / _FRAMES_PER_S, (segment.end_frame + 1) / _FRAMES_PER_S, min(1.0, segment.prob))
            for segment in self._decoder.seg() or ()
            if (word := spoken(segment.word))
        ]

    def settle(self) -> None:
        """End an utterance that is still running; what was heard adapts the decoder to the voice."""
        if self._running:
            self._decoder.end_utt()
            self._running = False


class FinishedCopy:
    """A copy of a decoder, in a process of its own, that finishes the utterance there.

    Args:
        decoder: It is left as it is.
        kept_fds: Ends of pipes that the copy must not hold open.
    """

    def __init__(self, decoder: SphinxDecoder, kept_fds: Sequence[int]) -> None:
        self.fd, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _finish_and_exit(decoder, write, [self.fd, *kept_fds])
        os.close(write)

    def words(self) -> Words | None:
        """Wait for what it found; None when it failed."""
        data = b""
        while more := os.read(self.fd, _READ_BYTES):
            data += more
        os.close(self.fd)
        _, status = os.waitpid(self._pid, 0)
        return json.loads(data) if status == 0 else None

    def cancel(self) -> None:
        """End it, whatever it found."""
        os.kill(self._pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self._pid, 0)


def _finish_and_exit(decoder: SphinxDecoder, write: int, fds: Sequence[int]) -> NoReturn:
    status = 1
    try:
        for fd in fds:
            os.close(fd)
        with os.fdopen(write, "wb") as result:
            result.write(json.dumps(decoder.finish()).encode())
        status = 0
    finally:
        os._exit(status)  # neither the buffers nor the exit handlers of the process we were copied from are ours


class DecoderPool:
    """Up to `limit` decoders, made when a channel is first heard; each stays with its channel while there are enough.

    Args:
        limit: How many decoders there may be; each takes some 100 MB.
        make: Makes one, in some 0.4 s.
    """

    def __init__(self, limit: int, make: Callable[[], SphinxDecoder]) -> None:
        self._limit = limit
        self._make = make
        self._decoders = [make()]

    def take(self, channel: int) -> SphinxDecoder | None:
        """A decoder for an utterance of this channel, begun; None while all are busy."""
        free = [decoder for decoder in self._decoders if not decoder.busy]
        known = [decoder for decoder in free if decoder.channel == channel]
        fresh = [decoder for decoder in free if decoder.channel is None]
        decoder = next(iter(known or fresh), None)
        if decoder is None and len(self._decoders) < self._limit:
            decoder = self._make()
            self._decoders.append(decoder)
        decoder = decoder or next(iter(free), None)
        if decoder is not None:
            decoder.channel, decoder.busy = channel, True
            decoder.begin()
        return decoder

    def unsettled(self) -> SphinxDecoder | None:
        """A free decoder that has yet to end its last utterance."""
        return next((decoder for decoder in self._decoders if decoder.unsettled), None)
