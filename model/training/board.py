"""TensorBoard's logs of a run: `tensorboard --logdir runs`."""

from pathlib import Path
from types import TracebackType
from typing import Self

from torch.utils.tensorboard import SummaryWriter

from model.training.progress import Epoch, Progress, Step

_FIGURES = ("pair_f1", "pair_precision", "pair_recall", "w_avg_6", "w_avg_4", "emotion_weighted_f1", "cause_f1")


class Board:
    """Writes down what whoever watches is told, and tells them, while it is entered.

    Args:
        folder: Where the logs go; those of the same run's earlier start are continued.
        told: Whom to tell.
    """

    def __init__(self, folder: Path, told: Progress) -> None:
        self._folder, self._told = folder, told
        self._writer: SummaryWriter | None = None
        self._step = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    @property
    def stopping(self) -> bool:
        """Whether whoever watches asks for the end."""
        return self._told.stopping

    def embedded(self, texts: int, total: int) -> None:
        """The encoder's frozen part has read so many texts of a data set."""
        self._told.embedded(texts, total)

    def step(self, step: Step) -> None:
        """A step was taken."""
        self._step = step.number
        self._write("training/loss", step.loss)
        self._told.step(step)

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended and was measured; its figures stand at its last step."""
        for name in _FIGURES:
            self._write(f"dev/{name}", getattr(epoch.dev.scores, name))
        self._write("dev/selection", epoch.dev.selection)
        self._write("dev/recognised_pair_f1", epoch.recognised_pair_f1)
        self._write("dev/emotion_calibration_error", epoch.dev.emotion_calibration_error)
        self._write("dev/pair_calibration_error", epoch.dev.pair_calibration_error)
        self._told.epoch(epoch)

    def note(self, what: str) -> None:
        """Something a person should know."""
        self._told.note(what)

    def _write(self, name: str, value: float) -> None:
        if self._writer is None:  # steps from here on that were taken before an interruption do not count
            self._writer = SummaryWriter(str(self._folder), purge_step=self._step)
        self._writer.add_scalar(name, value, self._step)
