import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, precision_score

from model.checkpoint import DataTerms
from model.encoder_checkpoint import EncoderCard
from model.evaluation.classification import Measured, figures, report

CARD = EncoderCard(
    reads="face",
    what="made up",
    labels=("a", "b"),
    settings={"width": 3},
    data=(DataTerms(name="none", terms="none"),),
    seed=7,
    figures={},
    training={},
    weights_sha256="0ff",
)


def test_figures_worked_out_by_hand():
    # Of four a, three are told; of two b, one; nobody has c, but one b is said to.
    got = figures(("a", "b", "c"), np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 2]))
    assert got.unweighted_accuracy == (3 / 4 + 1 / 2) / 2
    assert got.accuracy == 4 / 6
    assert got.confusion == ((3, 1, 0), (0, 1, 1), (0, 0, 0))
    a, b, c = (got.per_class[label] for label in "abc")
    assert (a.recall, a.precision, a.count, a.said) == (3 / 4, 1, 4, 3)
    assert (b.recall, b.precision, b.count, b.said) == (1 / 2, 1 / 2, 2, 2)
    assert (c.recall, c.precision, c.count, c.said) == (None, 0, 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    true, said = random.integers(0, 5, (2, 200))
    got = figures(tuple("abcde"), true, said)
    assert got.unweighted_accuracy == pytest.approx(balanced_accuracy_score(true, said))
    assert got.accuracy == pytest.approx(accuracy_score(true, said))
    np.testing.assert_array_equal(got.confusion, confusion_matrix(true, said))
    precision = precision_score(true, said, average=None)
    assert [each.precision for each in got.per_class.values()] == pytest.approx(precision.tolist())


def test_one_right_thing_is_all_right():
    got = figures(("a", "b"), np.array([1]), np.array([1]))
    assert (got.unweighted_accuracy, got.accuracy, got.count) == (1.0, 1.0, 1)


def test_a_report_names_weights_machine_and_data():
    asked = Measured(part="face", data="faces.npz", set="FER2013", split="val")
    plain = report(figures(("a", "b"), np.array([0, 1]), np.array([0, 0])), asked, CARD).model_dump(mode="json")
    assert (plain["unweighted_accuracy"], plain["accuracy"], plain["per_class"]["b"]["recall"]) == (0.5, 0.5, 0.0)
    about = {"part": "face", "data": "faces.npz", "set": "FER2013", "split": "val"}
    assert plain["settings"] == about | {"people": None, "learned_from": None}
    assert plain["checkpoint"]["weights_sha256"] == "0ff"
    assert plain["checkpoint"]["settings"] == {"width": 3}
    assert plain["machine"]["packages"]["torch"]
