"""Ablations: the same training with one thing changed at a time, over seeds, in one table."""

import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from model.config import Config
from model.training.progress import Progress
from model.training.runs import Run
from model.training.settings import TrainSettings
from model.training.train import train

MEASURES = ("pair_f1", "w_avg_6", "emotion_weighted_f1")
"""What a row shows, on dev."""


class AblationSettings(Config):
    """What is trained, and what is changed in each row."""

    base: dict[str, Any] = Field(description="Settings of a training: what all rows have in common.")
    rows: dict[str, dict[str, Any]] = Field(
        min_length=1, description="Per row its name, and the settings that are other than in the base."
    )

    def training(self, row: str) -> TrainSettings:
        """The settings of one row's training, in a results folder of its own.

        Raises:
            ValidationError: They are not settings of a training.
        """
        settings = TrainSettings.model_validate(_changed(self.base, self.rows[row]))
        return settings.model_copy(update={"results": settings.results / _folder(row)})


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over seeds.

    Attributes:
        mean: Over the seeds.
        deviation: Standard deviation between seeds; 0 of a single one.
    """

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one row came to.

    Attributes:
        name: What was changed.
        seeds: How many runs.
        horizon: Later utterances that a result may wait for.
        measures: Per name of `MEASURES`.
    """

    name: str
    seeds: int
    horizon: int
    measures: Mapping[str, Spread]


def ablate(settings: AblationSettings, only: tuple[str, ...], progress: Progress) -> list[Row]:
    """Train the rows that are not trained yet.

    Args:
        settings: All rows.
        only: Names of the rows to train; empty for all.
        progress: Who is told how it goes.

    Returns:
        The rows, in the order of the settings.

    Raises:
        ValidationError: A row's settings are not those of a training.
    """
    trainings = {name: settings.training(name) for name in settings.rows if name in only or not only}
    rows = []
    for name, training in trainings.items():
        progress.note(f"row: {name}")
        rows.append(_row(name, training, train(training, progress)))
    return rows


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table: means and standard deviations on dev."""
    head = ["", *(name.replace("_", " ") for name in MEASURES), "horizon", "seeds"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        values = [f"{row.measures[name].mean:.3f} ± {row.measures[name].deviation:.3f}" for name in MEASURES]
        lines.append([row.name, *values, str(row.horizon), str(row.seeds)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(name: str, training: TrainSettings, runs: tuple[Run, ...]) -> Row:
    measures = {measure: _spread([getattr(run.dev.scores, measure) for run in runs]) for measure in MEASURES}
    return Row(name, len(runs), training.network.cause_horizon, measures)


def _spread(values: list[float]) -> Spread:
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0)


def _changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `change`, mappings joined key by key."""
    joined = dict(base)
    for key, value in change.items():
        before = joined.get(key)
        joined[key] = _changed(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return joined


def _folder(row: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", row.lower()).strip("-")
