"""The stage that says who feels what and why: it grows the graph by an utterance and runs the incremental network."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.analysis import Analysis, CauseResult, EmotionResult
from model.errors import CheckpointError
from model.graph import Kind
from model.modality import Modality
from model.networks.mtml import MTML
from realtime.clock import Clock
from realtime.events import (
    Arrivals,
    ConversationEnded,
    ConversationStarted,
    Encoded,
    Event,
    Failure,
    Heard,
    Latency,
    Understood,
)
from realtime.incremental.engine import Arrival
from realtime.incremental.scheduler import Scheduler
from realtime.orders import Forget
from realtime.recovery import ConversationResumed, Progress, Reading, Together

_LOG = logging.getLogger(__name__)
_LANE_EVERY: Final = 16  # a lane is some 400 kB, what was read of an utterance 2: so few are read again in no time


class AnalyseStage:
    """Hands the utterances of one conversation at a time to the incremental engine.

    Args:
        scheduler: Reads the utterances; other conversations may share it.
        network: The engine's network, for how far its results reach.
        clock: For timing.
        keeps: Whether each step's results are said together, with what the conversation can go on from after a crash.
    """

    def __init__(self, scheduler: Scheduler, network: MTML, clock: Clock, *, keeps: bool = False) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._keeps = keeps
        candidates = network.settings.graph.window(Kind.CANDIDATE)
        self._features = network.settings.features
        self._kept = candidates.width + network.settings.cause_horizon
        self._conversation = ""
        self._lane: int | None = None
        self._read = 0
        self._heard: dict[int, Heard] = {}
        self._lane_kept = False
        self._since: list[Reading] = []  # what was read since that lane

    async def open(self) -> None:
        """Read one utterance in a lane of its own, so that the first real one finds everything warm."""
        lane = await self._scheduler.open()
        everything = {modality: np.zeros(size, np.float32) for modality, size in self._features.items()}
        await self._scheduler.submit([Arrival(lane, 0, everything, "nobody")])
        await self._scheduler.close(lane)

    async def process(self, event: Event) -> Sequence[Event]:
        """Each utterance, and what is new about it and those before it."""
        match event:
            case ConversationStarted(conversation=conversation):
                self._conversation = conversation
                await self._begin()
                return (event,)
            case ConversationResumed():
                await self._resume(event)
                return (event,)
            case Arrivals():
                said = await self._analyse(event.items)
                return (Together((*said, await self._progress())),) if self._keeps else said
            case Forget(met=True) if self._lane is not None and event.is_about(self._conversation):
                return await self._forget_all(event)
            case ConversationEnded():
                said = (*await self._finish(), event)
                return (Together(said),) if self._keeps else said
            case _:
                return (event,)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back: the conversation's end made everything final."""
        return ()

    async def close(self) -> None:
        """Give up the lane of a conversation that was cut off."""
        if self._lane is not None:
            lane, self._lane = self._lane, None
            await self._scheduler.close(lane)

    async def _analyse(self, items: Sequence[Encoded]) -> Sequence[Event]:
        started_at = self._clock.now_s()
        lane = self._running()
        readable = list(filter(_is_finite, items))
        arrivals, latencies = [], {}
        for number, item in enumerate(readable, start=self._read):
            self._heard[number] = item.heard
            latencies[number] = item.latency
            arrivals.append(Arrival(lane, number, _features(item), item.heard.utterance.speaker))
        self._read += len(readable)
        analyses = await self._scheduler.submit(arrivals)
        if self._keeps:
            self._since += [Reading(arrival.features, arrival.speaker) for arrival in arrivals]
        duration_s = self._clock.now_s() - started_at
        latencies = {number: replace(latency, analyse_s=duration_s) for number, latency in latencies.items()}
        understood = [result for analysis in analyses for result in self._understood(analysis, latencies)]
        failures = [_unreadable(item) for item in items if not _is_finite(item)]
        self._forget()
        return (*(item.heard for item in items), *failures, *understood)

    async def _begin(self) -> None:
        """Read what comes as if nothing had come before."""
        self._lane = await self._scheduler.open()
        self._read = 0
        self._heard.clear()
        self._lane_kept = False
        self._since.clear()

    async def _resume(self, event: ConversationResumed) -> None:
        """Go on where the engine stood; as if nothing had come before where another network read it."""
        self._conversation = event.conversation
        try:
            await self._take_up(event)
        except CheckpointError as error:
            _LOG.warning("conversation %s is read as if it began now: %s", event.conversation, error.problem)
            await self._begin()
        remembered = event.heard[-self._read :] if self._read else ()
        self._heard = dict(enumerate(remembered, start=self._read - len(remembered)))

    async def _take_up(self, event: ConversationResumed) -> None:
        if not event.lane:
            await self._begin()
            return
        self._lane, number = await self._scheduler.restore(event.lane)
        again = [
            Arrival(self._lane, place, read.features, read.speaker) for place, read in enumerate(event.since, number)
        ]
        await self._scheduler.submit(again)
        self._read = number + len(again)
        self._lane_kept, self._since = True, list(event.since)

    async def _progress(self) -> Progress:
        newest = tuple(self._heard[number] for number in sorted(self._heard))
        if self._lane_kept and len(self._since) < _LANE_EVERY:
            return Progress(self._conversation, newest, None, tuple(self._since))
        lane = await self._scheduler.save(self._running())
        self._lane_kept = True
        self._since.clear()
        return Progress(self._conversation, newest, lane)

    async def _forget_all(self, order: Forget) -> Sequence[Event]:
        """Settle what was understood so far, and go on as if the conversation began now."""
        order.removed["utterances"] += sum(order.names(heard.speaker.id) for heard in self._heard.values())
        said = await self._finish()
        await self._begin()
        if not self._keeps:
            return (*said, order)
        settled = (Together(said),) if said else ()
        return (*settled, order, Together((await self._progress(),)))

    async def _finish(self) -> tuple[Event, ...]:
        lane = self._running()
        analysis = await self._scheduler.finish(lane)
        self._lane = None
        await self._scheduler.close(lane)
        return tuple(self._understood(analysis, {}))

    def _understood(self, analysis: Analysis, latencies: dict[int, Latency]) -> list[Understood]:
        emotions = {result.utterance: result for result in analysis.emotions}
        causes = {result.utterance: result for result in analysis.causes}
        return [
            self._result(number, emotions.get(number), causes.get(number), latencies.get(number))
            for number in sorted(emotions.keys() | causes.keys())
        ]

    def _result(
        self, number: int, emotion: EmotionResult | None, cause: CauseResult | None, latency: Latency | None
    ) -> Understood:
        heard = self._heard[number]
        if cause is None:
            return Understood(heard, emotion, None, latency=latency)
        first, last = cause.window
        return Understood(
            heard,
            emotion,
            cause,
            causes=tuple(self._heard[link.cause] for link in cause.links),
            window=(self._heard[first], self._heard[last]),
            latency=latency,
        )

    def _forget(self) -> None:
        """Drop what no later result can speak of, so that memory does not grow with the conversation."""
        for number in [number for number in self._heard if number < self._read - self._kept]:
            del self._heard[number]

    def _running(self) -> int:
        if self._lane is None:
            raise RuntimeError("an utterance came outside of a conversation")
        return self._lane


def _features(item: Encoded) -> dict[Modality, NDArray[np.float32]]:
    """What the network reads of an utterance: its words, and of voice and face what is used."""
    evidence = item.heard.evidence.items()
    return {Modality.TEXT: item.features} | {
        modality: says.features for modality, says in evidence if says.features is not None
    }


def _is_finite(item: Encoded) -> bool:
    return bool(np.isfinite(item.features).all())


def _unreadable(item: Encoded) -> Failure:
    segment = item.heard.transcript.segment
    return Failure("analyse", "not_finite", "the features of this utterance are not numbers", segment)
