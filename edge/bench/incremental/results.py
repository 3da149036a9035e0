"""What was measured, as it goes into the JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Self

from edge.bench.figures import quantiles
from edge.bench.incremental.memory import Held
from edge.bench.incremental.settings import Settings
from edge.bench.incremental.subject import Subject
from model.evaluation.machine import Machine


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Times per new utterance in a conversation of N, medians and 95th percentiles in milliseconds.

    Attributes:
        n: N.
        full_ms: (a) The offline pass over everything.
        windowed_ms: (b) The rerun over the last utterances that can matter.
        compiled_ms: (c) The same, compiled; None without a compiler.
        incremental_ms: (d) The engine.
        full_p95_ms: Of (a).
        windowed_p95_ms: Of (b).
        compiled_p95_ms: Of (c).
        incremental_p95_ms: Of (d).
        windowed_first_ms: (b) in the first step of its turns, after others have had the processor's caches.
        compiled_first_ms: (c) likewise.
        incremental_first_ms: (d) likewise.
        full_repeats: How often (a) was measured.
        max_deviation: Largest difference of a probability, (d) from (a).
        windowed_max_deviation: The same, (b) from (a).
        compiled_max_deviation: The same, (c) from (a).
    """

    n: int
    full_ms: float
    windowed_ms: float
    compiled_ms: float | None
    incremental_ms: float
    full_p95_ms: float
    windowed_p95_ms: float
    compiled_p95_ms: float | None
    incremental_p95_ms: float
    windowed_first_ms: float
    compiled_first_ms: float | None
    incremental_first_ms: float
    full_repeats: int
    max_deviation: float
    windowed_max_deviation: float
    compiled_max_deviation: float | None

    @classmethod
    def of(cls, n: int, times: Mapping[str, Sequence[Sequence[float]]], deviations: Mapping[str, float]) -> Self:
        """From the times of turns and the deviations, by name of the way; `compiled` may be missing from both."""
        figures = {way: quantiles(list(chain(*turns))) for way, turns in times.items()}
        first = {way: quantiles([turn[0] for turn in turns]).p50 for way, turns in times.items()}
        code = figures.get("compiled")
        return cls(
            n=n,
            full_ms=_rounded(figures["full"].p50),
            windowed_ms=_rounded(figures["windowed"].p50),
            compiled_ms=_rounded(code.p50) if code else None,
            incremental_ms=_rounded(figures["incremental"].p50),
            full_p95_ms=_rounded(figures["full"].p95),
            windowed_p95_ms=_rounded(figures["windowed"].p95),
            compiled_p95_ms=_rounded(code.p95) if code else None,
            incremental_p95_ms=_rounded(figures["incremental"].p95),
            windowed_first_ms=_rounded(first["windowed"]),
            compiled_first_ms=_rounded(first["compiled"]) if code else None,
            incremental_first_ms=_rounded(first["incremental"]),
            full_repeats=figures["full"].count,
            max_deviation=deviations["incremental"],
            windowed_max_deviation=deviations["windowed"],
            compiled_max_deviation=deviations.get("compiled"),
        )


@dataclass(frozen=True, slots=True)
class LanesRow:
    """A step of many conversations at once, milliseconds: median, 95th percentile, first of a turn, per utterance."""

    lanes: int
    step_ms: float
    step_p95_ms: float
    step_first_ms: float
    utterance_ms: float

    @classmethod
    def of(cls, lanes: int, turns: Sequence[Sequence[float]]) -> Self:
        """From the times of its turns."""
        figures, first = quantiles(list(chain(*turns))), quantiles([turn[0] for turn in turns]).p50
        return cls(lanes, _rounded(figures.p50), _rounded(figures.p95), _rounded(first), _rounded(figures.p50 / lanes))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one network."""

    subject: Subject
    rows: tuple[SizeRow, ...]
    batched: tuple[LanesRow, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "batched": [asdict(row) for row in self.batched],
            "network": self.subject.as_json(),
        }


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Everything, of the shipped network and of the one that looks ahead."""

    causal: Measured
    ahead: Measured
    memory: tuple[Held, ...]
    machine: Machine
    settings: Settings

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            **self.causal.as_json(),
            "memory_mb": [asdict(held) for held in self.memory],
            "machine": self.machine.model_dump(),
            "horizon2": self.ahead.as_json(),
            "settings": self.settings.model_dump(mode="json"),
        }


def _rounded(value_ms: float) -> float:
    """To a tenth of a microsecond."""
    return round(value_ms, 4)
