"""Many conversations in one process: the demo's words, arriving as text at the pace at which they were spoken."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch

from edge.demo.script import SpokenLine
from edge.inboxes import inbox
from model.checkpoint import Checkpoint
from model.conversation import Utterance
from model.modality import Modality
from model.networks.narrowing import narrowed
from realtime.clock import Clock
from realtime.events import (
    ConversationEnded,
    ConversationStarted,
    Event,
    Failure,
    Heard,
    Latency,
    Speaker,
    SpeakerKind,
    Transcript,
    Understood,
)
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.model_thread import ModelThread
from realtime.pipeline import Pipeline, Step
from realtime.stage import Stage
from realtime.stages.analyse import AnalyseStage
from realtime.stages.encode import EncodeStage, shared_encoding

_SEED = 0


@dataclass(frozen=True, slots=True)
class Caption:
    """An utterance as it arrives: its text is there when it has been spoken.

    Attributes:
        due_s: When it arrives, seconds from the beginning.
        talk: Which conversation of its group it belongs to, from 0: when one is over, the next begins.
        line: What is said.
    """

    due_s: float
    talk: int
    line: SpokenLine


@dataclass(frozen=True, slots=True)
class CrowdReport:
    """What became of the utterances.

    Attributes:
        lags_ms: Per utterance, from its arrival (as text, or its last sample of speech) to its results out of the
            analysis, without the wait that was chosen.
        lost: Events dropped, and utterances without results.
    """

    lags_ms: list[float]
    lost: int


class Stopwatch:
    """The last stage of every conversation: notes when results come out of the analysis.

    Args:
        clock: For timing.
        chosen_s: A wait that was chosen and is no lag: the silence that ends an utterance, seconds.
    """

    def __init__(self, clock: Clock, chosen_s: float = 0.0) -> None:
        self._clock = clock
        self._chosen_s = chosen_s
        self.lags_ms: list[float] = []
        self.failures = 0

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        """Time the first results of an utterance."""
        if isinstance(event, Understood) and event.latency is not None:
            lag_s = self._clock.now_s() - event.latency.spoken_at - self._chosen_s
            self.lags_ms.append(1000 * max(0.0, lag_s))  # an utterance cut at its greatest length waits for no silence
        self.failures += isinstance(event, Failure)
        return ()

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""


class Crowd:
    """Conversations that share an encoder, an engine and the thread of the networks; both compute with torch's threads.

    Args:
        weights: The network and its encoder.
        lines: What each group of people says, again and again.
        clock: For their pace, and for timing.
        wait_s: How long an utterance waits for those of other conversations at most, seconds.
    """

    def __init__(self, weights: Checkpoint, lines: Sequence[SpokenLine], clock: Clock, wait_s: float) -> None:
        self._weights = weights
        self._lines = lines
        self._clock = clock
        self._thread = ModelThread("networks")
        self._encoding = shared_encoding(weights.encoder, self._thread, clock, wait_s=wait_s)
        self._network = narrowed(weights.network, (Modality.TEXT,))  # captions have neither voice nor face
        engine = IncrementalEngine(self._network, weights.card.decision, torch.get_num_threads())
        self._scheduler = Scheduler(engine, self._thread, clock, wait_s=wait_s)

    async def talk(self, conversations: int, lasts_s: float) -> CrowdReport:
        """Let so many conversations go on at once, each at another point of the script, until all results are there.

        Args:
            conversations: How many.
            lasts_s: For how long utterances arrive, seconds.
        """
        stopwatch = Stopwatch(self._clock)
        pipelines = [self._pipeline(stopwatch) for _ in range(conversations)]
        async with AsyncExitStack() as closing:
            for pipeline in pipelines:
                closing.push_async_callback(pipeline.close)
            await together([pipeline.open() for pipeline in pipelines])
            await together(
                [
                    pipeline.run(events)
                    for pipeline, events in zip(pipelines, self._events(conversations, lasts_s), strict=True)
                ]
            )
        steps = [step for pipeline in pipelines for step in pipeline.statistics().values()]
        return CrowdReport(stopwatch.lags_ms, stopwatch.failures + sum(step.dropped for step in steps))

    async def close(self) -> None:
        """End the thread after its running call. May be called twice."""
        await self._encoding.close()
        await self._scheduler.stop()
        self._thread.close()

    def _pipeline(self, stopwatch: Stopwatch) -> Pipeline:
        context = self._weights.card.encoder_settings.context
        stages: dict[str, Stage] = {
            "encode": EncodeStage(self._encoding, context, self._clock),
            "analyse": AnalyseStage(self._scheduler, self._network, self._clock),
            "measure": stopwatch,
        }
        return Pipeline([Step(name, stage, inbox(name)) for name, stage in stages.items()], self._clock)

    def _events(self, conversations: int, lasts_s: float) -> Iterator[AsyncGenerator[Event, None]]:
        began_at = self._clock.now_s()
        phases_s = np.random.default_rng(_SEED).uniform(0.0, period_s(self._lines), conversations)
        for number, phase_s in enumerate(phases_s.tolist()):
            yield captions(f"c{number}", schedule(self._lines, phase_s, lasts_s), began_at, self._clock)


def period_s(lines: Sequence[SpokenLine]) -> float:
    """How long a conversation takes until the next of its group begins."""
    return lines[-1].end_s + lines[0].start_s


def schedule(lines: Sequence[SpokenLine], phase_s: float, lasts_s: float) -> Iterator[Caption]:
    """What a group says from some point of the script on, over and over.

    Args:
        lines: The script.
        phase_s: The point, seconds of the script.
        lasts_s: For how long.
    """
    for talk in count():
        for line in lines:
            due_s = talk * period_s(lines) + line.end_s - phase_s
            if due_s >= lasts_s:
                return
            if due_s >= 0:
                yield Caption(due_s, talk, line)


async def captions(group: str, said: Iterator[Caption], began_at: float, clock: Clock) -> AsyncGenerator[Event, None]:
    """The events of one group's conversations, each at its moment.

    Args:
        group: Its name.
        said: Its utterances.
        began_at: When the schedule began, seconds of the clock.
        clock: To wait for each.
    """
    talk, index = -1, 0
    for caption in said:
        due_at = began_at + caption.due_s
        await clock.sleep_until(due_at)
        if caption.talk != talk:
            if index:
                yield ConversationEnded(f"{group}-{talk}", caption.due_s, "it is over", index, 0)
            talk, index = caption.talk, 0
            yield ConversationStarted(f"{group}-{talk}", caption.due_s)
        yield _heard(f"{group}-{talk}", index, caption.line, due_at)
        index += 1
    if index:
        yield ConversationEnded(f"{group}-{talk}", 0.0, "it is over", index, 0)


def _heard(conversation: str, index: int, line: SpokenLine, due_at: float) -> Heard:
    words = line.line
    transcript = Transcript(
        segment=f"{conversation}-{index}",
        channel=words.channel,
        start_s=line.start_s,
        end_s=line.end_s,
        text=words.text,
        words=(),
        confidence=1.0,
        language="en",
        transcriber="captions",
        truncated=False,
        ahead=False,
        latency=Latency(spoken_at=due_at),
    )
    utterance = Utterance(f"u{index + 1}", index, words.speaker, words.text, line.start_s, line.end_s)
    return Heard(conversation, utterance, Speaker(words.speaker, SpeakerKind.CHANNEL, 1.0), transcript)


async def together(work: Sequence[Coroutine[None, None, None]]) -> None:
    """Wait for all; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
