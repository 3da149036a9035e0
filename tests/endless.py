"""A conversation that never ends: a scene of speech and silence repeated, heard and analysed as fast as it goes."""

from array import array
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np

from edge.inboxes import inbox
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.stamp import Stamp
from realtime.clock import Clock
from realtime.events import (
    SAMPLE_RATE_HZ,
    AudioFrame,
    ConversationEnded,
    Event,
    Failure,
    Heard,
    Latency,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Transcript,
    Understood,
)
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.model_thread import ModelThread
from realtime.parts import PartChoice, load_part
from realtime.pipeline import Pipeline, Step
from realtime.segmenters import silero
from realtime.stages.analyse import AnalyseStage
from realtime.stages.converse import ConverseStage
from realtime.stages.encode import EncodeStage, shared_encoding
from realtime.stages.segment import SegmentStage
from realtime.stages.speakers import SpeakerStage
from realtime.stages.transcribe import TranscribeStage
from tests.conversation_events import node_info
from tests.speech import line
from tests.tiny_minilm import tiny_minilm
from tests.tiny_weights import tiny_weights

WINDOW = 512
SPEAKERS = ("ann", "bob")
_FRAME = 1600  # samples: frames of a device do not fit the segmenter's windows
_PAUSE_S = 1.5
_OURS = ("model.", "realtime.", "edge.")


def scene(lines: int = 3) -> np.ndarray:
    """(2, T) sound in which two people say some lines in turn; T is a whole number of windows."""
    pause = np.zeros(round(_PAUSE_S * SAMPLE_RATE_HZ), np.float32)
    parts: list[list[np.ndarray]] = [[pause], [pause]]
    for number in range(lines):
        sound, _ = line(number + 1)
        for channel, part in enumerate(parts):
            part += [sound if channel == number % 2 else np.zeros_like(sound), pause]
    whole = np.stack([np.concatenate(part) for part in parts])
    return np.pad(whole, ((0, 0), (0, -whole.shape[1] % WINDOW)))


class InstantTranscriber:
    """Gives the same words for every segment, as soon as it ends."""

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        match event:
            case SpeechEnded():
                return (event, _transcript(event))
            case SpeechChunk() | SpeechPaused() | SpeechResumed():
                return ()
            case SpeechStarted() | SpeechDiscarded() | _:
                return (event,)

    async def close(self) -> None:
        """Nothing to let go of."""


class Register:
    """The last stage: makes messages of what it gets, forgets them, and notes when who was heard.

    Attributes:
        times_s: Start and end of every utterance, one after the other.
        understood: Utterances with an emotion.
        messages: How many there were.
        ended: Conversations.
        failures: Items that could not be processed.
    """

    def __init__(self, clock: Clock, stamp: Stamp) -> None:
        self.times_s = array("d")
        self.understood = self.messages = self.ended = self.failures = 0
        self._mapping = ConversationMapping(node_info(), stamp, clock, partials=True)

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        self.messages += len(self._mapping.messages(event))
        if isinstance(event, Heard):
            self.times_s.extend((event.utterance.start_s, event.utterance.end_s))
        self.understood += isinstance(event, Understood) and event.emotion is not None
        self.ended += isinstance(event, ConversationEnded)
        self.failures += isinstance(event, Failure)
        return ()

    async def flush(self) -> Sequence[Event]:
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""


class Endless:
    """Everything between source and broker, with the real segmenter and a network of next to nothing.

    Args:
        clock: For timing.
        idle_end_s: Silence that ends a conversation, seconds.
        stamp: Of the messages.
        diarizer: Which part tells who spoke.
    """

    def __init__(self, clock: Clock, idle_end_s: float, stamp: Stamp | None = None, diarizer: str = "channel") -> None:
        self.register = Register(clock, stamp or Stamp("desk"))
        self._clock = clock
        self._thread = ModelThread("networks")
        weights = tiny_weights(tiny_minilm())
        self._encoding = shared_encoding(weights.encoder, self._thread, clock)
        self._scheduler = Scheduler(IncrementalEngine(weights.network, weights.card.decision), self._thread, clock)
        people = load_part("realtime.diarizers", PartChoice(part=diarizer), SPEAKERS, self._thread)
        stages = {
            "segment": SegmentStage(silero.create(silero.Settings(), clock), len(SPEAKERS), self._thread),
            "speaker": SpeakerStage(people),
            "transcribe": TranscribeStage(InstantTranscriber()),
            "converse": ConverseStage(idle_end_s, people, lambda: "end of source"),
            "encode": EncodeStage(self._encoding, weights.card.encoder_settings.context, clock),
            "analyse": AnalyseStage(self._scheduler, weights.network, clock),
            "register": self.register,
        }
        self.steps = [Step(name, stage, inbox(name)) for name, stage in stages.items()]
        self.pipeline = Pipeline(self.steps, clock)

    async def hear(self, sound: np.ndarray, times: int, after_each: Callable[[int], None]) -> None:
        """Hear a scene so many times.

        Args:
            sound: (C, T) samples.
            times: How often.
            after_each: Told how often it was heard, when the next time begins.
        """
        await self.pipeline.open()
        await self.pipeline.run(self._frames(sound, times, after_each))

    async def close(self) -> None:
        await self.pipeline.close()
        await self._encoding.close()
        await self._scheduler.stop()
        self._thread.close()

    def held(self) -> int:
        """How many things the stages hold between them, all in all: items of lists, dictionaries, queues and sets."""
        seen: set[int] = set()
        return sum(_items(step.stage, seen) for step in self.steps) - len(self.register.times_s)

    async def _frames(
        self, sound: np.ndarray, times: int, after_each: Callable[[int], None]
    ) -> AsyncGenerator[Event, None]:
        length = sound.shape[1]
        repeated_once = np.concatenate([sound, sound[:, :_FRAME]], axis=1)
        told = 0
        for start in range(0, times * length, _FRAME):
            if start // length > told:
                told = start // length
                after_each(told)
            position = start % length
            samples = repeated_once[:, position : position + min(_FRAME, times * length - start)]
            yield AudioFrame(start, samples, self._clock.now_s())


def _transcript(ended: SpeechEnded) -> Transcript:
    return Transcript(
        segment=ended.segment,
        channel=ended.channel,
        start_s=ended.start_s,
        end_s=ended.end_s,
        text="so you am happy",
        words=(),
        confidence=1.0,
        language="en",
        transcriber="instant",
        truncated=False,
        ahead=True,
        latency=Latency(ended.spoken_at),
    )


def _items(thing: object, seen: set[int]) -> int:
    """Items of all containers that can be reached from a thing through our own classes."""
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, dict):
        return len(thing) + sum(_items(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple | set | frozenset | deque | array):
        return len(thing) + (0 if isinstance(thing, array) else sum(_items(value, seen) for value in thing))
    if not type(thing).__module__.startswith((*_OURS, __name__)):
        return 0
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    values = [*vars(thing).values()] if hasattr(thing, "__dict__") else []
    values += [getattr(thing, name) for name in slots if hasattr(thing, name)]
    return sum(_items(value, seen) for value in values)
