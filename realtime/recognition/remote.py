"""A transcriber whose model lives in a process of its own: what is said to it, and what becomes of its answers.

Messages to the process carry `kind` and `segment`:
    open     channel                    a segment begins
    sound    + 16-bit samples, 16 kHz   more of it, in order
    pause    take                       finish ahead and answer `text`, but be ready to go on
    resume                              go on: what was finished ahead is void
    end      take                       answer `text`, unless that take was answered already
    discard                             forget it
Answers:
    ready                               once, when the model is loaded
    refused  error problem remedy       instead: why it cannot be loaded, as an error of `model.errors`
    partial  segment text heard_s       the text so far, of the first `heard_s` seconds
    text     segment take words         [word, start_s, end_s, confidence] from the segment's first sample
Besides, `text` may carry:
    language                            what was spoken, ISO 639-1, where that was found out
    text confidence                     what was said, where the words are not all there is to say about it
    rejected                            {reason: how often} of what was recognised and not believed
    shortened                           true where the end of too long a segment was not listened to
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.errors import CheckpointError, LostError, PartMissingError, SettingsError, UsageError
from realtime.clock import Clock
from realtime.events import (
    EndReason,
    Event,
    Failure,
    Health,
    Latency,
    PartHealth,
    PartialText,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Transcript,
    Word,
)
from realtime.recognition.framing import Message
from realtime.recognition.process import RecogniserProcess

_LOG = logging.getLogger(__name__)
_PART = "transcribe"
_REFUSALS: dict[str, type[UsageError]] = {
    error.__name__: error for error in (CheckpointError, PartMissingError, SettingsError)
}
_LAGGING_BYTES = 32_000  # a second of sound on our side of a pipe that holds two more
_LAGGING_S = 5.0  # so long at a stretch; a recording that is not played at wall-clock speed comes in bursts
_FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 30.0
_STABLE_S = 60.0


@dataclass(slots=True)
class RecognitionCounters:
    """What a transcriber did so far that its events do not tell.

    Attributes:
        resumed: Soft endpoints after which speech resumed, so that what was finished ahead was void.
        restarts: How often the process was started again.
        rejected: What was recognised and not believed, so that it is said nowhere; how often for which reason.
    """

    resumed: int = 0
    restarts: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a process may take before it counts as lost; seconds.

    Attributes:
        ready_s: From its start until its model is loaded.
        answer_s: From the end of a segment until its text.
    """

    ready_s: float = 30.0
    answer_s: float = 30.0


@dataclass(slots=True)
class _Running:
    """A segment that has not been answered."""

    started: SpeechStarted
    lost: str = ""
    take: int = 0
    answer: Message | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class _RefusedError(LostError):
    """The process is there and cannot load its model; what the user can do stands in `cause`."""

    def __init__(self, cause: UsageError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class RemoteTranscriber:
    """Feeds sound to a recogniser's process as it arrives, and starts it again when it dies.

    A segment during which the process died ends in a `Failure`. Sound goes into the pipe without waiting for its
    decoding; only when the process is seconds behind does `process` wait.

    Args:
        name: The transcriber's name, for transcripts.
        language: What it understands, ISO 639-1.
        module: Python module that runs in the process.
        settings: The process's first message.
        clock: For timing.
        patience: How long the process may take.
        package: What pip installs it from; None where that is its name.
    """

    def __init__(
        self,
        name: str,
        language: str,
        module: str,
        settings: Message,
        clock: Clock,
        patience: Patience = Patience(),
        package: str | None = None,
    ) -> None:
        self.counters = RecognitionCounters()
        self._patience = patience
        self._package = package or name
        self._name = name
        self._language = language
        self._module = module
        self._settings = settings
        self._clock = clock
        self._process: RecogniserProcess | None = None
        self._gone: asyncio.Future[str] | None = None
        self._ready = asyncio.Event()
        self._refusal: UsageError | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._segments: dict[str, _Running] = {}
        self._results: list[Event] = []
        self._lagging = False
        self._kept_up_at = clock.now_s()
        self._waited_s = 0.0  # for the text of the last segment after its end

    async def open(self) -> None:
        """Start the process and wait until its model is loaded.

        Raises:
            PartMissingError: It cannot be started.
            UsageError: Its model cannot be loaded; which error it is, and what to do, the process says.
        """
        try:
            gone = await self._start()
        except _RefusedError as error:
            raise error.cause from error
        except LostError as error:
            raise PartMissingError(
                f"transcriber {self._name} cannot start: {error}", f"Install it again: pip install {self._package}"
            ) from error
        self._supervisor = asyncio.create_task(self._supervise(gone))

    async def process(self, event: Event) -> Sequence[Event]:
        """Text for speech events, and whatever else the process said meanwhile; other events as they are."""
        passed_on: tuple[Event, ...] = ()
        match event:
            case SpeechChunk():
                pcm = (np.clip(event.samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
                await self._tell(event.segment, {"kind": "sound"}, pcm)
                self._watch_lag()
            case SpeechStarted():
                self._begin(event)
                await self._tell(event.segment, {"kind": "open", "channel": event.channel})
                passed_on = (event,)
            case SpeechPaused():
                await self._tell(event.segment, {"kind": "pause", "take": self._next_take(event.segment)})
            case SpeechResumed():
                self._next_take(event.segment)
                self.counters.resumed += 1
                await self._tell(event.segment, {"kind": "resume"})
            case SpeechDiscarded():
                await self._tell(event.segment, {"kind": "discard"})
                self._segments.pop(event.segment, None)
                passed_on = (event,)
            case SpeechEnded():
                passed_on = (event, await self._finish(event))
            case _:
                passed_on = (event,)
        results, self._results = self._results, []
        return (*results, *passed_on)

    async def close(self) -> None:
        """End the process. May be called twice, and at any moment."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._process is not None:
            await self._process.close()
        self._ready.clear()

    def _begin(self, event: SpeechStarted) -> None:
        lost = "" if self._ready.is_set() else "the recogniser was being started again"
        self._segments[event.segment] = _Running(event, lost)

    def _next_take(self, segment: str) -> int:
        running = self._segments[segment]
        running.take += 1
        running.answer = None
        running.answered.clear()
        return running.take

    async def _tell(self, segment: str, message: Message, payload: bytes = b"") -> None:
        if self._process is None or self._segments[segment].lost:
            return
        try:
            await self._process.send(message | {"segment": segment}, payload)
        except LostError as error:
            self._lose(str(error))

    async def _finish(self, event: SpeechEnded) -> Event:
        running = self._segments[event.segment]
        ahead = running.answer is not None
        began_at = self._clock.now_s()
        await self._tell(event.segment, {"kind": "end", "take": running.take})
        while running.answer is None and not running.lost:
            await self._wait_for_answer(running)
        self._waited_s = self._clock.now_s() - began_at
        del self._segments[event.segment]
        if running.answer is None:
            return Failure(_PART, "recogniser_lost", running.lost, event.segment)
        self._count_rejected(event.segment, running.answer)
        return self._transcript(event, running.started.start_s, running.answer, ahead=ahead)

    async def _wait_for_answer(self, running: _Running) -> None:
        try:
            await asyncio.wait_for(running.answered.wait(), self._patience.answer_s)
        except TimeoutError:
            self._lose(f"the recogniser did not answer for {self._patience.answer_s:g} s")
            if self._process is not None:
                self._process.kill()

    def _count_rejected(self, segment: str, answer: Message) -> None:
        for reason, times in answer.get("rejected", {}).items():
            self.counters.rejected[reason] += times
            _LOG.info("%s: nothing is said of what was heard in %s: %s", self._name, segment, reason)

    def _transcript(self, ended: SpeechEnded, zero_s: float, answer: Message, *, ahead: bool) -> Transcript:
        words = [_word(zero_s, *word) for word in answer["words"]]
        mean = sum(word.confidence for word in words) / len(words) if words else 0.0
        return Transcript(
            segment=ended.segment,
            channel=ended.channel,
            start_s=words[0].start_s if words else ended.start_s,
            end_s=ended.end_s,
            text=answer.get("text") or " ".join(word.text for word in words),
            words=tuple(words),
            confidence=mean if words else answer.get("confidence", 0.0),
            language=answer.get("language") or self._language,
            transcriber=self._name,
            truncated=ended.reason is EndReason.FORCED or answer.get("shortened", False),
            ahead=ahead,
            latency=Latency(
                spoken_at=ended.spoken_at,
                endpoint_s=ended.endpoint_at - ended.spoken_at,
                transcribe_s=self._clock.now_s() - ended.endpoint_at,
            ),
        )

    def _hear(self, message: Message) -> None:
        """An answer of the process."""
        if message["kind"] == "ready":
            self._ready.set()
            return
        if message["kind"] == "refused":
            error = _REFUSALS.get(message["error"], UsageError)
            self._refusal = error(message["problem"], message["remedy"])
            return
        running = self._segments.get(message["segment"])
        if running is None:
            return  # it was discarded meanwhile
        started = running.started
        if message["kind"] == "partial":
            end_s = started.start_s + message["heard_s"]
            partial = PartialText(started.segment, started.channel, started.start_s, end_s, message["text"])
            self._results.append(partial)
        elif message["take"] == running.take:
            running.answer = message
            running.answered.set()

    def _lose(self, reason: str) -> None:
        for running in self._segments.values():
            running.lost = running.lost or reason
            running.answered.set()

    def _watch_lag(self) -> None:
        waiting = self._process.backlog_bytes if self._process else 0
        now_s = self._clock.now_s()
        if waiting <= _LAGGING_BYTES:
            self._kept_up_at = now_s
        late = max(self._waited_s, now_s - self._kept_up_at) > _LAGGING_S
        if late and not self._lagging:
            self._lagging = True
            self._results.append(PartHealth(_PART, Health.LAGGING, "recognition is seconds behind the sound"))
        elif self._lagging and not late and not waiting:
            self._lagging = False
            self._results.append(PartHealth(_PART, Health.ONLINE, "recognition has caught up with the sound"))

    async def _start(self) -> asyncio.Future[str]:
        """A future of why the process, now ready, will have gone."""
        gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ready.clear()
        self._refusal = None
        self._process = RecogniserProcess(self._module, self._settings, self._hear, gone.set_result)
        await self._process.start()
        ready = asyncio.create_task(self._ready.wait())
        either: set[asyncio.Future[Any]] = {ready, gone}
        try:
            await asyncio.wait(either, timeout=self._patience.ready_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if self._ready.is_set() and not gone.done():
            return gone
        await self._process.close()
        if self._refusal is not None:
            raise _RefusedError(self._refusal)
        raise LostError(gone.result() if gone.done() else f"it was not ready within {self._patience.ready_s:g} s")

    async def _supervise(self, gone: asyncio.Future[str]) -> None:
        """Start the process again whenever it has died, the later the more often it did."""
        attempt = 0
        while True:
            started_at = self._clock.now_s()
            reason = await gone
            self._ready.clear()
            self._lose(f"the recogniser's process {reason}")
            self._results.append(PartHealth(_PART, Health.OFFLINE, f"the recogniser's process {reason}"))
            attempt = 0 if self._clock.now_s() - started_at > _STABLE_S else attempt
            gone, attempt = await self._start_again(attempt)
            self.counters.restarts += 1
            self._results.append(PartHealth(_PART, Health.ONLINE, "the recogniser was started again"))

    async def _start_again(self, attempt: int) -> tuple[asyncio.Future[str], int]:
        while True:
            wait_s = min(_LAST_RETRY_S, _FIRST_RETRY_S * 2**attempt) * random.uniform(0.5, 1.0)
            attempt += 1
            await asyncio.sleep(wait_s)
            try:
                return await self._start(), attempt
            except LostError as error:
                _LOG.warning("%s: %s; trying again", self._name, error)


def _word(zero_s: float, text: str, start_s: float, end_s: float, confidence: float) -> Word:
    return Word(text, zero_s + start_s, zero_s + end_s, confidence)
