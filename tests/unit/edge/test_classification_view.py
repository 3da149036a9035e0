import io

import numpy as np
from rich.console import Console

from edge.classification_view import as_tables
from model.checkpoint import DataTerms
from model.encoder_checkpoint import EncoderCard
from model.evaluation.classification import Measured, figures, report

CARD = EncoderCard(
    reads="voice",
    what="made up",
    labels=("joy", "fear"),
    settings={},
    data=(DataTerms(name="none", terms="none"),),
    seed=1,
    figures={},
    training={},
)


def shown(**about) -> list[str]:
    asked = Measured(part="voice", data="clips [x]", set="RAVDESS", people=1, **about)
    out = io.StringIO()
    measured = report(figures(("joy", "fear"), np.array([0, 0, 0]), np.array([0, 0, 1])), asked, CARD)
    Console(file=out, width=80, highlight=False).print(as_tables(measured))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_headline_says_what_was_measured_and_chance():
    assert shown()[:3] == [
        "clips [x] (RAVDESS): 3 clips of 1 person",
        "unweighted accuracy 0.667, accuracy 0.667; by chance 0.500",
        "",
    ]


def test_what_nobody_has_has_no_recall():
    rows = [line.split() for line in shown()]
    assert ["joy", "0.667", "1.000", "3", "2"] in rows
    assert ["fear", "0.000", "0", "1"] in rows
    assert ["joy", "2", "1"] in rows


def test_a_figure_for_people_it_learned_from_says_so():
    assert "The encoder learned from 1 of them" in shown(learned_from=1)[2]
    assert not any("learned from" in line for line in shown(learned_from=0))
