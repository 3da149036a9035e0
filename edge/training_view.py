"""Training as a person watches it: a bar for the steps, and a line for every epoch."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.training.train import Epoch, Step


class TrainingView:
    """Prints progress to stderr while it is entered."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._bar = self._progress.add_task("preparing", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def step(self, step: Step) -> None:
        """A step was taken."""
        self._progress.update(
            self._bar, description=f"seed {step.seed}, loss {step.loss:.3f}", completed=step.number, total=step.total
        )

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended and was measured."""
        scores = epoch.dev.scores
        self._progress.console.print(
            f"seed {epoch.seed}, epoch {epoch.number}: loss {epoch.loss:.3f}, dev pair F1 {scores.pair_f1:.3f} "
            f"(as recognised {epoch.recognised_pair_f1:.3f}), w-avg-6 {scores.w_avg_6:.3f}, "
            f"weighted F1 {scores.emotion_weighted_f1:.3f}{', the best so far' if epoch.best else ''}"
        )
