"""The figures of a running node as Prometheus reads them.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` on what only grows. No label is an id of
a person or a conversation, and none holds a word.
"""

from collections.abc import Iterator, Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from edge.monitoring.figures import Durations, Figures


def exposition(figures: Figures, accepted: str = "") -> tuple[bytes, str]:
    """The figures as text, and the type of the text.

    Args:
        figures: What to write.
        accepted: The formats that the reader takes, as the HTTP header `Accept` names them.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(figures))
    encode, content_type = choose_encoder(accepted)
    return encode(registry), content_type


class _Snapshot(Collector):
    """One snapshot as families of metrics."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every family there is."""
        yield InfoMetricFamily("undertone", "Which undertone this is.", value={"version": version("undertone")})
        yield from self._whole()
        yield from self._steps()
        yield from self._outbox()

    def _whole(self) -> Iterator[Metric]:
        figures = self._figures
        yield _gauge("uptime_seconds", "Since the process began to load.", figures.uptime_s)
        yield _gauge("memory_bytes", "Resident memory, child processes included.", figures.memory_bytes)
        yield _counter("utterances", "Utterances published.", figures.utterances)
        yield _counter("failures", "Items that could not be processed.", figures.failures)
        yield _counter("heard_seconds", "Sound, or time of captions, that was taken in.", figures.heard_s)
        yield _counter("lost_sound_seconds", "Sound that was lost before it reached us.", figures.lost_sound_s)
        if figures.lag_s is not None:
            yield _gauge("lag_seconds", "How late the newest result came.", figures.lag_s)
        if figures.real_time_factor is not None:
            meaning = "Seconds the busiest step works for one second of what is heard, over the last minute."
            yield _gauge("real_time_factor", meaning, figures.real_time_factor)
        meaning = "Where the time of utterances went since their last sample."
        yield _summary("undertone_utterance_latency_seconds", meaning, "part", figures.latency)
        dropped = CounterMetricFamily("undertone_dropped", "What was dropped, by kind.", labels=["kind"])
        for kind, count in figures.dropped.items():
            dropped.add_metric([kind], count)
        yield dropped

    def _steps(self) -> Iterator[Metric]:
        steps = self._figures.steps
        took = {name: step.took for name, step in steps.items()}
        yield _summary("undertone_stage_duration_seconds", "How long a stage took for one item.", "stage", took)
        counted = {
            "stage_failures": ("Items that a stage could not process.", {n: step.failed for n, step in steps.items()}),
            "stage_joined": ("Items joined with the one before them.", {n: step.joined for n, step in steps.items()}),
        }
        for name, (meaning, values) in counted.items():
            yield _by_stage(CounterMetricFamily(f"undertone_{name}", meaning, labels=["stage"]), values)
        measured = {
            "queue_waiting": ("Items that wait before a stage.", {n: step.waiting for n, step in steps.items()}),
            "queue_deepest": ("The most that ever waited.", {n: step.deepest for n, step in steps.items()}),
        }
        for name, (meaning, values) in measured.items():
            yield _by_stage(GaugeMetricFamily(f"undertone_{name}", meaning, labels=["stage"]), values)

    def _outbox(self) -> Iterator[Metric]:
        if (outbox := self._figures.outbox) is not None:
            yield _gauge("outbox_waiting", "Messages that the broker has not acknowledged.", outbox.waiting)
            if outbox.oldest_s is not None:
                yield _gauge("outbox_oldest_seconds", "For how long the oldest event has waited.", outbox.oldest_s)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"undertone_{name}", meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"undertone_{name}", meaning, value=value)


def _by_stage(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[str, float]) -> Metric:
    for stage, value in values.items():
        family.add_metric([stage], value)
    return family


def _summary(name: str, meaning: str, label: str, series: Mapping[str, Durations]) -> Metric:
    """A summary whose quantiles are those of the newest; the library's own class has none."""
    family = Metric(name, meaning, "summary")
    for value, took in series.items():
        labels = {label: value}
        if took.count:
            family.add_sample(name, labels | {"quantile": "0.5"}, took.p50_s)
            family.add_sample(name, labels | {"quantile": "0.95"}, took.p95_s)
        family.add_sample(f"{name}_count", labels, took.count)
        family.add_sample(f"{name}_sum", labels, took.total_s)
    return family
