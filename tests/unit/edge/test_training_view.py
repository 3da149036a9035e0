import io
import os
import signal

import pytest
from rich.console import Console

pytest.importorskip("torch_geometric")

from edge.training_view import TrainingView
from model.decision import Decision
from model.evaluation.metrics import Scores
from model.training.progress import Epoch, Step, Stopped
from model.training.tuning import DevResult


def epoch(*, best: bool) -> Epoch:
    scores = Scores(0.61, 0.6, 0.62, 0.42, 0.4, 0.7, 0.63, 0.64, 0.6, {}, 112, 1087, 866)
    return Epoch("seed 2", 3, 1.25, DevResult(scores, Decision(), 0.03, 0.01), 0.58, best)


def test_steps_move_a_bar_and_epochs_and_notes_are_lines():
    out = io.StringIO()
    with TrainingView(Console(file=out, width=160)) as view:
        view.embedded(64, 128)
        view.step(Step("stage emotions", 5, 10, 2.5))
        view.epoch(epoch(best=True))
        view.epoch(epoch(best=False))
        view.note("seed 1 is finished: runs/[x]/seed-1")
    text = out.getvalue()
    assert "stage emotions, loss 2.500" in text
    assert "5/10" in text
    assert text.count("seed 2, epoch 3: loss 1.250, dev pair F1 0.610 (as recognised 0.580), w-avg-6 0.420") == 2
    assert text.count("the best so far") == 1
    assert "runs/[x]/seed-1" in text


def test_what_keeps_no_state_moves_the_bar_too_and_ends_when_that_is_asked_for():
    out = io.StringIO()
    with TrainingView(Console(file=out, width=160)) as view:
        view.done("listening to clips", 3, 7)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            view.done("listening to clips", 4, 7)
    assert "listening to clips" in out.getvalue()
    assert "4/7" in out.getvalue()


def test_the_first_interrupt_asks_for_the_end_and_the_second_is_one():
    before = signal.getsignal(signal.SIGINT)
    with TrainingView(Console(file=io.StringIO())) as view:
        assert not view.stopping
        os.kill(os.getpid(), signal.SIGINT)
        assert view.stopping
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
