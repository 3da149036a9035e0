"""The stage that turns the words of an utterance into features, once; conversations share the encoder."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from model.conversation import Utterance
from model.encoders.inputs import EncoderInput, newest_input
from realtime.clock import Clock
from realtime.events import (
    Arrivals,
    ConversationEnded,
    ConversationStarted,
    Encoded,
    Event,
    Heard,
    Latency,
    PartialText,
    Utterances,
)
from realtime.gathering import WAIT_S, Gathering
from realtime.model_thread import ModelThread
from realtime.orders import Forget
from realtime.recovery import ConversationResumed

_MOST = 16  # about 0.1 s of one core: what else needs the thread must not wait longer
_TOGETHER = 8  # more rows at once cost no less each, and are padded to a longer one

Encoding: TypeAlias = Gathering[EncoderInput, NDArray[np.float32]]
"""An encoder that conversations share: one input each, and its features (F,)."""


class Encoder(Protocol):
    """Turns words into features."""

    def encode(self, inputs: Sequence[EncoderInput]) -> Tensor:
        """Features (B, F) float32 of B inputs."""


def shared_encoding(encoder: Encoder, thread: ModelThread, clock: Clock, *, wait_s: float = WAIT_S) -> Encoding:
    """The encoder for all conversations of a process.

    Args:
        encoder: Turns words into features.
        thread: Where networks are called.
        clock: For waiting.
        wait_s: How long an utterance waits for those of other conversations at most, seconds.
    """

    def encode(inputs: Sequence[EncoderInput]) -> list[NDArray[np.float32]]:
        return encode_by_length(encoder, inputs)

    return Gathering(encode, thread, clock, most=_MOST, wait_s=wait_s)


def encode_by_length(encoder: Encoder, inputs: Sequence[EncoderInput]) -> list[NDArray[np.float32]]:
    """Features (F,) of each input; those of like length are encoded together, so that little is padded."""
    order = sorted(range(len(inputs)), key=lambda number: _length(inputs[number]))
    features: dict[int, NDArray[np.float32]] = {}
    for start in range(0, len(order), _TOGETHER):
        numbers = order[start : start + _TOGETHER]
        rows = encoder.encode([inputs[number] for number in numbers]).cpu().numpy()
        features.update(zip(numbers, rows, strict=True))
    return [features[number] for number in range(len(inputs))]


class EncodeStage:
    """Encodes each utterance of a conversation with the few before it that the encoder reads.

    Args:
        encoding: Turns words into features; other conversations may share it.
        context: How many earlier utterances it reads.
        clock: For timing.
    """

    def __init__(self, encoding: Encoding, context: int, clock: Clock) -> None:
        self._encoding = encoding
        self._context = context
        self._clock = clock
        self._recent: deque[Utterance] = deque(maxlen=context + 1)
        self._conversation: str | None = None
        self._joined = False

    async def open(self) -> None:
        """Encode a sentence, so that the first utterance finds everything loaded."""
        await self._encoding.submit(EncoderInput("Is everything ready?"))

    async def process(self, event: Event) -> Sequence[Event]:
        """`Arrivals` for utterances."""
        match event:
            case ConversationStarted(conversation=conversation):
                self._conversation = conversation
                self._recent.clear()
                self._join()
                return (event,)
            case ConversationResumed(conversation=conversation):
                self._conversation = conversation
                self._recent.extend(heard.utterance for heard in event.heard)
                self._join()
                return (event,)
            case ConversationEnded():
                self._conversation = None
                self._recent.clear()
                self._leave()
                return (event,)
            case Heard():
                return (await self._encode((event,)),)
            case Utterances():
                return (await self._encode(event.items),)
            case Forget() if event.is_about(self._conversation):
                self._forget(event)
                return (event,)
            case _:
                return (event,)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Let other conversations no longer wait for this one."""
        self._leave()

    async def _encode(self, items: Sequence[Heard]) -> Arrivals:
        started_at = self._clock.now_s()
        rows = await asyncio.gather(*(self._encoding.submit(self._input(heard.utterance)) for heard in items))
        duration_s = self._clock.now_s() - started_at
        return Arrivals(tuple(map(Encoded, items, rows, (_later(heard, duration_s) for heard in items))))

    def _input(self, utterance: Utterance) -> EncoderInput:
        self._recent.append(utterance)
        return newest_input(tuple(self._recent), self._context)

    def _forget(self, order: Forget) -> None:
        """Read what is to be forgotten with no later utterance."""
        left = [utterance for utterance in self._recent if not order.names(utterance.speaker)]
        order.removed["sentences"] += len(self._recent) - len(left)
        self._recent = deque(left, maxlen=self._recent.maxlen)

    def _join(self) -> None:
        if not self._joined:
            self._joined = True
            self._encoding.join()

    def _leave(self) -> None:
        if self._joined:
            self._joined = False
            self._encoding.leave()


def join_heard(first: Event, second: Event) -> Event | None:
    """Utterances of one conversation as one, up to what one call takes; of a segment's partial texts the newer."""
    match first, second:
        case ((Heard() | Utterances()), Heard()):
            items = first.items if isinstance(first, Utterances) else (first,)
            fits = len(items) < _MOST and items[-1].conversation == second.conversation
            return Utterances((*items, second)) if fits else None
        case PartialText(), PartialText():
            return second if first.segment == second.segment else None
    return None


def join_arrivals(first: Event, second: Event) -> Event | None:
    """Two waiting arrivals of one conversation as one, so that an analysis that lags catches up."""
    match first, second:
        case Arrivals(items=(*_, last)), Arrivals(items=(following, *_)):
            same = last.heard.conversation == following.heard.conversation
            return Arrivals((*first.items, *second.items)) if same else None
    return None


def _later(heard: Heard, duration_s: float) -> Latency:
    """The times of an utterance so far; reading its voice and face counted as encoding already."""
    latency = heard.transcript.latency
    return replace(latency, encode_s=latency.encode_s + duration_s)


def _length(item: EncoderInput) -> int:
    """How long it is, in characters: enough to tell short from long."""
    return len(item.text) + sum(map(len, item.context))
