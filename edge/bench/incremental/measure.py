"""The measurement of one network: all ways of computing at every size, then many conversations in one step."""

import random
from collections.abc import Callable, Mapping
from functools import cache

import torch

from edge.bench.incremental.compiled import compiled
from edge.bench.incremental.conversation import RandomConversation
from edge.bench.incremental.deviation import Reference
from edge.bench.incremental.memory import Held, memory_over
from edge.bench.incremental.results import LanesRow, Measured, SizeRow
from edge.bench.incremental.settings import Settings
from edge.bench.incremental.subject import Subject
from edge.bench.incremental.timing import Watch, interleaved, measured_ms
from edge.bench.incremental.ways import Full, Incremental, Rerun, Script, SideBySide, Talks, Way, Windowed
from edge.bench.incremental.windowed import WindowedRerun
from model.graph import Kind
from model.modality import Modality
from realtime.incremental.engine import IncrementalEngine

LEAST_FULL_REPEATS = 3


class Measurement:
    """Measures one network.

    Args:
        subject: The network and how it decides.
        settings: What to measure.
        watch: Is told how far it is.
        compiling: Whether there is a compiler.
    """

    def __init__(self, subject: Subject, settings: Settings, watch: Watch, *, compiling: bool) -> None:
        network = subject.network.to(settings.device)
        self._subject, self._settings, self._watch, self._compiling = subject, settings, watch, compiling
        self._whole = network.settings.reach + 1
        longest = max(*settings.sizes, self._whole) + settings.warm_up + settings.steps
        self._conversation = RandomConversation.of(longest, network.settings.features[Modality.TEXT], settings.seed)
        self._features = self._conversation.features.to(settings.device)
        self._script = Script(self._conversation)
        self._engine = IncrementalEngine(network, subject.decision, settings.threads)
        self._shuffle = random.Random(settings.seed)
        self._reruns = cache(self._rerun)

    def memory(self) -> list[Held]:
        """What the process holds while one conversation grows; to be asked before anything else."""
        return memory_over(self._engine, self._script, self._settings.sizes, 2 * self._whole, self._watch)

    @torch.inference_mode()
    def times(self) -> Measured:
        """Every size, then every number of lanes."""
        rows = tuple(self._size(size) for size in self._settings.sizes)
        return Measured(self._subject, rows, self._batched())

    def _size(self, size: int) -> SizeRow:
        name = f"{size:,} utterances"
        full = Full(self._subject, self._conversation, self._features, size)
        rules = self._subject.network.settings.graph
        reference = Reference(*full.run(), full.graph, rules.window(Kind.CANDIDATE))
        reruns = self._windowed(size, name)
        deviations = {way: reference.of_windowed(*rerun.run()) for way, rerun in reruns.items()}
        incremental = Incremental(self._engine, self._script, size, growing=size >= self._whole)
        said = incremental.begin(lambda done: self._watch(f"{name}: the engine reads them", done, size))
        deviations["incremental"] = reference.of_engine(said)
        times = self._timed(name, {"full": full, **reruns, "incremental": incremental}, full)
        incremental.close()
        return SizeRow.of(size, times, deviations)

    def _windowed(self, size: int, name: str) -> dict[str, Rerun]:
        rerun, code = self._reruns(min(size, self._whole))
        places = rerun.places(self._conversation).to(self._settings.device)
        forms: dict[str, Windowed] = {"windowed": rerun}
        if code is not None:
            forms["compiled"] = code
        self._watch(f"{name}: compiling", 0, 1)
        return {
            way: Rerun(run, rerun.rows.layers[0], self._features, places, size, growing=size >= self._whole)
            for way, run in forms.items()
        }

    def _rerun(self, utterances: int) -> tuple[WindowedRerun, Windowed | None]:
        """The rerun of a shape, and its compiled form, made once."""
        rerun = WindowedRerun(self._subject.network, self._subject.decision, utterances).eval()
        return rerun, compiled(rerun) if self._compiling else None

    def _timed(self, name: str, ways: Mapping[str, Way], full: Full) -> dict[str, list[list[float]]]:
        steps, warm_up = self._settings.steps, self._settings.warm_up
        self._interleaved(f"{name}: warming up", ways, warm_up, {"full": 1})
        once_s = measured_ms(full, self._wait) / 1e3
        repeats = min(steps, max(LEAST_FULL_REPEATS, int(self._settings.full_s / once_s)))
        return self._interleaved(f"{name}: timing", ways, steps, {"full": repeats})

    def _batched(self) -> tuple[LanesRow, ...]:
        lanes, name = self._settings.lanes, "many conversations"
        talks = Talks(self._engine, self._script, max(lanes))
        for number, _ in enumerate(talks.read(self._whole, max(lanes)), start=1):
            self._watch(f"{name}: reading their beginnings", number, self._whole)
        ways = {str(count): SideBySide(talks, count) for count in lanes}
        self._interleaved(f"{name}: warming up", ways, self._settings.warm_up, {})
        times = self._interleaved(f"{name}: timing", ways, self._settings.steps, {})
        talks.close()
        return tuple(LanesRow.of(count, times[str(count)]) for count in lanes)

    def _interleaved(
        self, name: str, ways: Mapping[str, Way], steps: int, seldom: Mapping[str, int]
    ) -> dict[str, list[list[float]]]:
        rounds = max(1, steps // self._settings.turn)
        tell: Callable[[int], None] = lambda done: self._watch(name, done, rounds)  # noqa: E731
        return interleaved(ways, rounds, steps, self._wait, self._shuffle, seldom, tell)

    def _wait(self) -> None:
        if self._settings.device == "cuda":
            torch.cuda.synchronize()
