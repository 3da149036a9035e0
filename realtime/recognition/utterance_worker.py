"""What runs in the process of a batch recogniser: `python -m realtime.recognition.utterance_worker`.

It speaks the protocol of `realtime.recognition.remote`. One thread hears messages and keeps each segment's sound; the
main thread loads the library that the first message names and decodes one take after the other, so that a take can
become void while it is decoded. Where decoding fails the process ends, with the reason as its last words: its parent
starts it again.
"""

import contextlib
import importlib
import math
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

import numpy as np

from model.errors import UsageError
from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.child_pipes import own_pipes, read
from realtime.recognition.framing import Message, pack
from realtime.recognition.gates import Evidence, GateSettings, Rejection, rejection
from realtime.recognition.stretches import stretches
from realtime.recognition.takes import Take, Takes, Urgency
from realtime.recognition.utterance_decoder import Stretch, UtteranceDecoder, VoidError

_BYTES_PER_S = 2 * SAMPLE_RATE_HZ
_MOST_BYTES = 90 * _BYTES_PER_S  # the longest segment has 60 s, its look-behind and its endpoint besides
_SHORTEST = SAMPLE_RATE_HZ // 10  # nobody says anything in less, and some models cannot take less


@dataclass(slots=True)
class _Segment:
    """A running segment."""

    sound: bytearray = field(default_factory=bytearray)
    shortened: bool = False
    take: Take | None = None
    partial: Take | None = None
    partial_at: int = 0  # bytes


class UtteranceWorker:
    """Decodes segments when they pause or end.

    `hear` is called by one thread, `work` by another.

    Args:
        decoder: The loaded model.
        gates: What is believed of it.
        outbox: Where answers go.
        partial_every_s: How much more sound makes a text of an unfinished segment worth while; 0 for none.
    """

    def __init__(
        self, decoder: UtteranceDecoder, gates: GateSettings, outbox: BinaryIO, partial_every_s: float = 0.0
    ) -> None:
        self._decoder = decoder
        self._gates = gates
        self._outbox = outbox
        self._partial_bytes = int(partial_every_s * _BYTES_PER_S)
        self._segments: dict[str, _Segment] = {}
        self._takes = Takes()

    def listen(self, inbox: BinaryIO) -> None:
        """Hear messages until there are no more; then `work` returns."""
        try:
            while (received := read(inbox)) is not None:
                self.hear(*received)
        finally:
            self._takes.close()

    def hear(self, message: Message, pcm: bytes = b"") -> None:
        """Take a message in."""
        name = message["segment"]
        if message["kind"] == "open":
            self._segments[name] = _Segment()
            return
        segment = self._segments[name]
        match message["kind"]:
            case "sound":
                self._add(name, segment, pcm)
            case "pause":
                self._put(name, segment, message["take"], Urgency.AHEAD)
            case "resume":
                self._takes.cancel(segment.take)
                segment.take = None
            case "end":
                self._end(name, segment, message["take"])
            case "discard":
                self._takes.cancel(segment.take)
                self._takes.cancel(segment.partial)
                del self._segments[name]

    def work(self) -> None:
        """Decode what is there to be decoded until the input ends."""
        while (take := self._takes.next()) is not None:
            with contextlib.suppress(VoidError):  # whoever asked for it does so no more
                self._answer(take, self._decode(take.pcm, partial(self._takes.is_void, take)))
            take.done = True

    def warm_up(self) -> None:
        """Decode a second of silence: the first call of a library compiles, allocates and looks things up."""
        self._decode(bytes(_BYTES_PER_S), lambda: False)

    def say(self, message: Message) -> None:
        """Answer; for the thread that works."""
        self._outbox.write(pack(message))
        self._outbox.flush()

    def _add(self, name: str, segment: _Segment, pcm: bytes) -> None:
        room = _MOST_BYTES - len(segment.sound)
        segment.shortened = segment.shortened or len(pcm) > room
        segment.sound += pcm[:room]
        waits = segment.take is not None or (segment.partial is not None and not segment.partial.done)
        if self._partial_bytes and not waits and len(segment.sound) - segment.partial_at >= self._partial_bytes:
            segment.partial_at = len(segment.sound)
            segment.partial = Take(name, 0, bytes(segment.sound), Urgency.PARTIAL)
            self._takes.put(segment.partial)

    def _put(self, name: str, segment: _Segment, number: int, urgency: Urgency) -> None:
        self._takes.cancel(segment.partial)
        segment.take = Take(name, number, bytes(segment.sound), urgency, segment.shortened)
        self._takes.put(segment.take)

    def _end(self, name: str, segment: _Segment, number: int) -> None:
        if segment.take is not None and segment.take.number == number:
            self._takes.hurry(segment.take)
        else:
            self._put(name, segment, number, Urgency.ENDED)
        del self._segments[name]

    def _decode(self, pcm: bytes, is_void: Callable[[], bool]) -> list[tuple[Evidence, Stretch]]:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32767)
        found = []
        for start_s, part in stretches(samples, self._decoder.longest_s):
            if is_void():
                raise VoidError("nobody waits for it")
            if part.size >= _SHORTEST:
                stretch = self._decoder.decode(part, is_void)
                found.append((_evidence(stretch, part.size), _moved(stretch, start_s)))
        return found

    def _answer(self, take: Take, found: Sequence[tuple[Evidence, Stretch]]) -> None:
        judged = [(rejection(evidence, self._gates), stretch) for evidence, stretch in found]
        kept = [stretch for reason, stretch in judged if reason is None and stretch.text.strip()]
        text = " ".join(stretch.text.strip() for stretch in kept)
        if take.urgency is not Urgency.PARTIAL:
            rejected = Counter(reason for reason, _ in judged if reason is not None)
            self.say({"kind": "text", "segment": take.segment, "take": take.number} | _told(take, kept, text, rejected))
        elif text and not self._takes.is_void(take):
            heard_s = len(take.pcm) / _BYTES_PER_S
            self.say({"kind": "partial", "segment": take.segment, "text": text, "heard_s": heard_s})


def _evidence(stretch: Stretch, samples: int) -> Evidence:
    return Evidence(stretch.text, samples / SAMPLE_RATE_HZ, stretch.mean_log_probability, stretch.no_speech_probability)


def _moved(stretch: Stretch, by_s: float) -> Stretch:
    words = tuple((word, start_s + by_s, end_s + by_s, sure) for word, start_s, end_s, sure in stretch.words)
    return Stretch(stretch.text, words, stretch.mean_log_probability, stretch.no_speech_probability, stretch.language)


def _told(take: Take, kept: Sequence[Stretch], text: str, rejected: Counter[Rejection]) -> Message:
    """What an answer says besides what it answers."""
    timed = all(stretch.words for stretch in kept)
    means = [stretch.mean_log_probability for stretch in kept if stretch.mean_log_probability is not None]
    known = [mean for mean in means if math.isfinite(mean)]
    return {
        "words": [word for stretch in kept for word in stretch.words] if timed else [],
        "text": text,
        "confidence": math.exp(min(0.0, sum(known) / len(known))) if known else 0.0,
        "language": next((stretch.language for stretch in kept if stretch.language), None),
        "rejected": rejected,
        "shortened": take.shortened,
    }


def load(settings: Message) -> UtteranceDecoder:
    """The model that the first message names.

    Raises:
        UsageError: It cannot be loaded; says what to do.
    """
    decoder: UtteranceDecoder = importlib.import_module(settings["decoder"]).load(settings)
    return decoder


def main() -> None:
    """Serve our parent."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}  # read when the libraries are imported
    inbox, outbox = own_pipes()
    received = read(inbox)
    if received is None:
        return
    settings, _ = received
    try:
        decoder = load(settings)
    except UsageError as error:
        refused = {"error": type(error).__name__, "problem": error.problem, "remedy": error.remedy}
        outbox.write(pack({"kind": "refused"} | refused))
        outbox.flush()
        return
    gates = GateSettings(**settings["gates"])
    worker = UtteranceWorker(decoder, gates, outbox, settings["partial_every_s"])
    worker.warm_up()
    worker.say({"kind": "ready"})
    threading.Thread(target=worker.listen, args=(inbox,), daemon=True).start()
    worker.work()


if __name__ == "__main__":
    main()
