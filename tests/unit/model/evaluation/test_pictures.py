import struct

import pytest

from model.emotions import EKMAN_LABELS
from model.evaluation.bootstrap import resamples
from model.evaluation.breakdown import by_distance
from model.evaluation.counts import count
from model.evaluation.reliability import reliability
from tests.annotated import conversation

pictures = pytest.importorskip("model.evaluation.pictures")


def size(path):
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert len(content) > 10_000
    return struct.unpack(">II", content[16:24])


def test_a_confusion_matrix_is_drawn_also_with_rows_of_nothing(tmp_path):
    path = tmp_path / "confusion.png"
    matrix = [[row * column for column in range(7)] for row in range(7)]
    pictures.confusion_picture(matrix, EKMAN_LABELS, path)
    assert size(path) == (1216, 1104)


@pytest.mark.parametrize("confidences", [[0.1, 0.4, 0.42, 0.99, 1.0], [0.5], []])
def test_reliability_is_drawn_of_many_decisions_one_and_none(tmp_path, confidences):
    path = tmp_path / "reliability.png"
    pictures.reliability_picture(reliability(confidences, [True] * len(confidences)), path, "Does it hold?")
    assert size(path) == (1024, 1104)


def test_distances_are_drawn_also_where_no_link_was_annotated(tmp_path):
    gold = [conversation(["joy"] * 6, [(5, 0), (2, 2), (3, 4)])]
    path = tmp_path / "distance.png"
    pictures.distance_picture(by_distance(count(gold, gold, EKMAN_LABELS).pairs, resamples(1, 0)), path)
    assert size(path) == (1280, 832)


def test_intervals_of_shares_stay_inside_and_hold_the_share():
    # Wilson: 8 of 10 at 95 % is 0.490 to 0.943, 0 of 10 is 0 to 0.278
    low, high = pictures._wilson(pictures.np.array([0.8, 0.0, 1.0]), pictures.np.array([10, 10, 10]))
    assert low.tolist() == pytest.approx([0.4902, 0.0, 0.7225], abs=1e-3)
    assert high.tolist() == pytest.approx([0.9433, 0.2775, 1.0], abs=1e-3)
