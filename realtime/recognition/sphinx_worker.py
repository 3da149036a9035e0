"""What runs in the recogniser's process: `python -m realtime.recognition.sphinx_worker`.

It reads messages and answers them (see `realtime.recognition.remote` for what they mean) and ends when its input does.
It imports neither numpy nor torch, so that it is ready in half a second.
"""

import selectors
import time
from dataclasses import dataclass, field
from typing import BinaryIO

from realtime.recognition.child_pipes import own_pipes, read
from realtime.recognition.framing import Message, pack
from realtime.recognition.sphinx_decoders import DecoderPool, FinishedCopy, SphinxDecoder, Words

_BYTES_PER_S = 2 * 16_000


@dataclass(slots=True)
class _Segment:
    """A running segment; without a decoder its messages wait."""

    channel: int
    decoder: SphinxDecoder | None = None
    waiting: list[tuple[Message, bytes]] = field(default_factory=list)
    heard_s: float = 0.0
    copy: FinishedCopy | None = None
    take: int = 0
    told: bool = False  # what is known about this take
    ended: bool = False
    partial: str = ""
    partial_at: float = 0.0


class SphinxWorker:
    """Decodes segments as their sound arrives.

    Args:
        settings: The first message: `decoders`, `sphinx` (pocketsphinx's own settings), `partial_every_s` (0: none).
        inbox: Where messages come from.
        outbox: Where answers go.
    """

    def __init__(self, settings: Message, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self._partial_every_s = settings["partial_every_s"]
        self._inbox = inbox
        self._outbox = outbox
        self._segments: dict[str, _Segment] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(inbox, selectors.EVENT_READ)
        self._pool = DecoderPool(settings["decoders"], lambda: SphinxDecoder(settings["sphinx"]))

    def run(self) -> None:
        """Work until the input ends."""
        self._say({"kind": "ready"})
        while True:
            unsettled = self._pool.unsettled()
            ready = self._selector.select(0 if unsettled else None)
            if not ready and unsettled:
                unsettled.settle()
            # Copies first: a message may cancel one.
            for key, _ in sorted(ready, key=lambda item: item[0].data is None):
                if key.data is not None:
                    self._copy_finished(key.data)
                elif (received := read(self._inbox)) is not None:
                    self._handle(*received)
                else:
                    self._abandon()
                    return

    def _abandon(self) -> None:
        for segment in self._segments.values():
            self._cancel(segment)

    def _handle(self, message: Message, pcm: bytes) -> None:
        name = message["segment"]
        if message["kind"] == "open":
            channel = message["channel"]
            self._segments[name] = _Segment(channel, self._pool.take(channel))
            return
        segment = self._segments[name]
        if segment.decoder is None:
            segment.waiting.append((message, pcm))
        else:
            self._advance(name, segment, segment.decoder, message, pcm)

    def _advance(self, name: str, segment: _Segment, decoder: SphinxDecoder, message: Message, pcm: bytes) -> None:
        match message["kind"]:
            case "sound":
                decoder.hear(pcm)
                segment.heard_s += len(pcm) / _BYTES_PER_S
                self._tell_partial(name, segment, decoder)
            case "pause":
                segment.take, segment.told = message["take"], False
                segment.copy = FinishedCopy(decoder, [self._inbox.fileno(), self._outbox.fileno()])
                self._selector.register(segment.copy.fd, selectors.EVENT_READ, name)
            case "resume":
                self._cancel(segment)
            case "end":
                self._end(name, segment, decoder, message["take"])
            case "discard":
                self._cancel(segment)
                self._release(name, decoder)

    def _end(self, name: str, segment: _Segment, decoder: SphinxDecoder, take: int) -> None:
        segment.ended = True
        if segment.copy is not None:
            return  # its result ends the segment
        if not (segment.told and segment.take == take):
            self._tell(name, take, decoder.finish())
        self._release(name, decoder)

    def _copy_finished(self, name: str) -> None:
        segment = self._segments[name]
        copy, decoder = segment.copy, segment.decoder
        if copy is None or decoder is None:
            raise RuntimeError(f"a result for segment {name}, which nobody finishes")
        self._selector.unregister(copy.fd)
        segment.copy = None
        words = copy.words()
        if words is not None:
            segment.told = True
            self._tell(name, segment.take, words)
        if segment.ended:
            self._end(name, segment, decoder, segment.take)

    def _cancel(self, segment: _Segment) -> None:
        if segment.copy is not None:
            self._selector.unregister(segment.copy.fd)
            segment.copy.cancel()
            segment.copy = None

    def _release(self, name: str, decoder: SphinxDecoder) -> None:
        decoder.busy = False
        del self._segments[name]
        for waiting_name, waiting in list(self._segments.items()):
            if waiting.decoder is None and (taken := self._pool.take(waiting.channel)) is not None:
                waiting.decoder = taken
                for message, pcm in waiting.waiting:
                    self._advance(waiting_name, waiting, taken, message, pcm)
                waiting.waiting.clear()
                return

    def _tell_partial(self, name: str, segment: _Segment, decoder: SphinxDecoder) -> None:
        now = time.monotonic()
        if not self._partial_every_s or now - segment.partial_at < self._partial_every_s:
            return
        segment.partial_at = now
        text = decoder.text()
        if text != segment.partial:
            segment.partial = text
            self._say({"kind": "partial", "segment": name, "text": text, "heard_s": segment.heard_s})

    def _tell(self, name: str, take: int, words: Words) -> None:
        self._say({"kind": "text", "segment": name, "take": take, "words": words})

    def _say(self, message: Message) -> None:
        self._outbox.write(pack(message))
        self._outbox.flush()


def main() -> None:
    """Serve our parent."""
    inbox, outbox = own_pipes()
    settings = read(inbox)
    if settings is not None:
        SphinxWorker(settings[0], inbox, outbox).run()


if __name__ == "__main__":
    main()
