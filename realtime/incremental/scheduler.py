"""The scheduler: conversations hand in utterances whenever they come, the engine reads those of many in one step."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from model.analysis import Analysis
from model.errors import SkippableError
from realtime.clock import Clock
from realtime.gathering import WAIT_S, Gathering
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.open_lanes import OpenLanes
from realtime.model_thread import ModelThread

_MOST = 256


@dataclass(slots=True, eq=False)
class _Group:
    """Utterances of one lane that were handed in together; those that wait may still be replaced."""

    lane: int
    arrivals: list[Arrival]


@dataclass(slots=True)
class _Lane:
    """What the scheduler knows of an open conversation; what the network knows of it is the engine's.

    Attributes:
        pending: What was handed in and has no outcome yet.
        idle: Set while there is nothing of that.
        finished: Whether it was asked to finish: it takes no more.
        ending: Held while it finishes or closes: what was asked for first is done first.
    """

    pending: set[_Group] = field(default_factory=set)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    finished: bool = False
    ending: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.idle.set()

    def add(self, group: _Group) -> None:
        """Wait for this group's outcome."""
        self.pending.add(group)
        self.idle.clear()

    def remove(self, group: _Group) -> None:
        """This group's outcome is there, or nobody waits for it any more."""
        self.pending.remove(group)
        if not self.pending:
            self.idle.set()


class Scheduler:
    """One engine for all conversations of a process, each of which is a lane.

    Utterances are gathered for a moment and read together; a lane that runs alone never waits. Lanes open, finish and
    close at any moment, each after what it has waiting; bad input is refused to the lane it came from and to no other.

    Args:
        engine: Reads the utterances; from now on only the scheduler calls it.
        thread: Where the engine is called.
        clock: For waiting.
        most: How many submissions a step takes.
        wait_s: How long an utterance waits for those of other lanes at most, seconds.
    """

    def __init__(
        self,
        engine: IncrementalEngine,
        thread: ModelThread,
        clock: Clock,
        *,
        most: int = _MOST,
        wait_s: float = WAIT_S,
    ) -> None:
        self._engine = engine
        self._thread = thread
        self._gathering = Gathering(self._step, thread, clock, most=most, wait_s=wait_s)
        self._lanes: OpenLanes[_Lane] = OpenLanes()

    async def open(self) -> int:
        """A lane for a new conversation; its id is never given again."""
        lane = await self._thread.run(self._engine.open)
        self._lanes[lane] = _Lane()
        self._gathering.join()
        return lane

    async def restore(self, saved: bytes) -> tuple[int, int]:
        """A lane that goes on where a saved one stood, and the number of its next utterance.

        Raises:
            CheckpointError: The bytes are not a saved conversation, or one that another network read.
        """
        lane = await self._thread.run(self._engine.restore, saved)
        self._lanes[lane] = _Lane()
        self._gathering.join()
        return lane, self._engine.read(lane)

    async def save(self, lane: int) -> bytes:
        """A conversation as it stands once what it handed in has been read, for `restore`.

        Raises:
            ValueError: The lane is not open.
        """
        await self._lanes.named(lane).idle.wait()
        return await self._thread.run(self._engine.save, lane)

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Analysis]:
        """Let utterances of one lane arrive, in order.

        Returns:
            Per arrival, what is new about its conversation.

        Raises:
            SkippableError: Features are not finite, or an utterance was read before. Of these arrivals none was read.
            ValueError: They are not all of one lane, or as `IncrementalEngine.step` says. None was read.
            GatheringClosedError: The scheduler was closed.
        """
        if not arrivals:
            return []
        group = _Group(arrivals[0].lane, list(arrivals))
        if any(arrival.lane != group.lane for arrival in arrivals):
            raise ValueError(f"utterances of lanes {sorted({arrival.lane for arrival in arrivals})} came as one lane's")
        lane = self._lanes.running(group.lane)
        lane.add(group)
        try:
            return await self._gathering.submit(group)
        finally:
            lane.remove(group)

    def correct(self, arrival: Arrival) -> None:
        """Read this instead of the utterance of the same number, which waits.

        Raises:
            SkippableError: That utterance has been read, or the new features are not finite: what is there stays.
            ValueError: No such utterance waits, its lane is not open, or the features are not what the network reads.
        """
        lane = self._lanes.running(arrival.lane)
        self._engine.check_features(arrival)
        name = f"utterance {arrival.utterance} of lane {arrival.lane}"
        waiting = set(self._gathering.waiting)
        for group in lane.pending:
            numbers = [handed_in.utterance for handed_in in group.arrivals]
            if arrival.utterance in numbers:
                if group not in waiting:
                    raise SkippableError(f"{name} is being read already; what it read on arrival stays")
                group.arrivals[numbers.index(arrival.utterance)] = arrival
                return
        self._engine.check([arrival])
        raise ValueError(f"{name} has not come yet: there is nothing to correct")

    async def set_link_threshold(self, threshold: float) -> None:
        """As `IncrementalEngine.set_link_threshold`, for whatever has not been read yet."""
        await self._thread.run(self._engine.set_link_threshold, threshold)

    async def finish(self, lane: int) -> Analysis:
        """The conversation has ended: once what it handed in has been read, everything becomes final.

        Raises:
            ValueError: The lane is not open, or has finished already.
        """
        state = self._lanes.running(lane)
        self._end(state)
        async with state.ending:
            await state.idle.wait()
            return await self._thread.run(self._engine.finish, lane)

    async def close(self, lane: int) -> None:
        """Forget a conversation once what it handed in has been read.

        Raises:
            ValueError: The lane is not open.
        """
        state = self._lanes.named(lane)
        self._end(state)
        del self._lanes[lane]
        async with state.ending:
            await state.idle.wait()
            await self._thread.run(self._engine.close, lane)

    async def stop(self) -> None:
        """Refuse what waits and return once the running step has ended. May be called twice."""
        await self._gathering.close()

    def _step(self, groups: Sequence[_Group]) -> list[list[Analysis] | Exception]:
        """Read what can be read, on the thread; the rest is refused, each group with its own error."""
        accepted: dict[int, list[Arrival]] = {}
        refused: dict[_Group, Exception] = {}
        for group in groups:
            before = accepted.get(group.lane, [])
            try:
                self._engine.check([*before, *group.arrivals])
            except (SkippableError, ValueError) as error:
                refused[group] = error
            else:
                accepted[group.lane] = [*before, *group.arrivals]
        arrivals = [arrival for group in groups if group not in refused for arrival in group.arrivals]
        analyses = iter(self._engine.step(arrivals))
        return [refused.get(group) or list(islice(analyses, len(group.arrivals))) for group in groups]

    def _end(self, lane: _Lane) -> None:
        if not lane.finished:
            lane.finished = True
            self._gathering.leave()
