"""Training as a person watches it: a bar for the steps, a line for every epoch, and Ctrl-C that loses nothing."""

import signal
from types import FrameType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.training.progress import Epoch, Step, Stopped


class TrainingView:
    """Prints progress to stderr while it is entered.

    The first Ctrl-C asks the training to stop after its step; a second one ends it at once.

    Args:
        console: Where to print; stderr by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )
        self._bar = self._progress.add_task("preparing", total=None)
        self._stopping = False
        self._before = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        signal.signal(signal.SIGINT, self._before)

    @property
    def stopping(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stopping

    def embedded(self, texts: int, total: int) -> None:
        """The encoder's frozen part has read so many texts."""
        self._show("reading texts", texts, total)

    def step(self, step: Step) -> None:
        """A step was taken."""
        self._show(f"{step.run}, loss {step.loss:.3f}", step.number, step.total)

    def done(self, what: str, number: int, total: int) -> None:
        """So many of so many are done of something that keeps no state.

        Raises:
            Stopped: Ctrl-C was pressed.
        """
        self._show(what, number, total)
        if self._stopping:
            raise Stopped

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended and was measured."""
        scores = epoch.dev.scores
        self.note(
            f"{epoch.run}, epoch {epoch.number}: loss {epoch.loss:.3f}, dev pair F1 {scores.pair_f1:.3f} "
            f"(as recognised {epoch.recognised_pair_f1:.3f}), w-avg-6 {scores.w_avg_6:.3f}, "
            f"weighted F1 {scores.emotion_weighted_f1:.3f}{', the best so far' if epoch.best else ''}"
        )

    def note(self, what: str) -> None:
        """Something a person should know."""
        self._progress.console.print(what, highlight=False, markup=False, soft_wrap=True)

    def _show(self, what: str, done: int, total: int) -> None:
        self._progress.update(self._bar, description=what, completed=done, total=total)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopping:
            raise KeyboardInterrupt
        self._stopping = True
        self.note("stopping after this step; Ctrl-C again stops at once and loses what came after the last save")
