"""The stage that turns the words of an utterance into features, once per utterance."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from torch import Tensor

from model.conversation import Utterance
from model.encoders.inputs import EncoderInput, newest_input
from realtime.clock import Clock
from realtime.events import Arrivals, ConversationStarted, Encoded, Event, Heard
from realtime.model_thread import ModelThread


class Encoder(Protocol):
    """Turns words into features."""

    def encode(self, inputs: Sequence[EncoderInput]) -> Tensor:
        """Features (B, F) float32 of B inputs."""


class EncodeStage:
    """Encodes each utterance with the few before it that the encoder reads.

    Args:
        encoder: Turns words into features.
        context: How many earlier utterances it reads.
        thread: Where networks are called.
        clock: For timing.
    """

    def __init__(self, encoder: Encoder, context: int, thread: ModelThread, clock: Clock) -> None:
        self._encoder = encoder
        self._context = context
        self._thread = thread
        self._clock = clock
        self._recent: deque[Utterance] = deque(maxlen=context + 1)

    async def open(self) -> None:
        """Encode a sentence, so that the first utterance finds everything loaded."""
        await self._thread.run(self._encoder.encode, [EncoderInput("Is everything ready?")])

    async def process(self, event: Event) -> Sequence[Event]:
        """`Arrivals` of one for an utterance."""
        if isinstance(event, ConversationStarted):
            self._recent.clear()
        if not isinstance(event, Heard):
            return (event,)
        started_at = self._clock.now_s()
        self._recent.append(event.utterance)
        features = await self._thread.run(self._encoder.encode, [newest_input(tuple(self._recent), self._context)])
        latency = replace(event.transcript.latency, encode_s=self._clock.now_s() - started_at)
        return (Arrivals((Encoded(event, features[0].numpy(), latency),)),)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""


def join_arrivals(first: Event, second: Event) -> Event | None:
    """Two waiting arrivals of one conversation as one, so that an analysis that lags catches up."""
    match first, second:
        case Arrivals(items=(*_, last)), Arrivals(items=(following, *_)):
            same = last.heard.conversation == following.heard.conversation
            return Arrivals((*first.items, *second.items)) if same else None
    return None
