import numpy as np
import pytest

from model.emotions import EKMAN_LABELS
from realtime.faces.course import ExpressionCourse
from realtime.faces.timeline import FaceView


def view(label: str | None, strength: float = 3.0, sharpness: float = 0.3) -> FaceView:
    logits = None
    if label is not None:
        logits = np.zeros(7, np.float32)
        logits[EKMAN_LABELS.index(label)] = strength
    return FaceView(1, 120.0, sharpness, confirmed=True, logits=logits)


def labels(*views: FaceView) -> list[str]:
    course = ExpressionCourse()
    return [course.add(0.1 * number, each).label for number, each in enumerate(views)]


def test_a_new_expression_takes_over_within_about_a_second():
    shown = labels(*[view("sadness")] * 20, *[view("joy")] * 20)
    assert shown[:20] == ["sadness"] * 20
    assert shown[21] == "sadness"
    assert shown[32:] == ["joy"] * 8


def test_the_label_does_not_flicker_between_two_that_are_alike():
    shown = labels(*[view("fear")] * 10, *[view("sadness"), view("fear")] * 30)
    assert set(shown) == {"fear"}


def test_probabilities_add_up_and_a_steady_face_keeps_its_own():
    course = ExpressionCourse()
    for number in range(30):
        shown = course.add(0.1 * number, view("joy"))
    assert shown.probabilities.sum() == pytest.approx(1.0)
    assert shown.probabilities[EKMAN_LABELS.index("joy")] == pytest.approx(np.exp(3) / (np.exp(3) + 6), abs=1e-4)


def test_a_blurred_view_counts_for_little():
    assert labels(*[view("joy")] * 10, *[view("anger", sharpness=0.001)] * 30)[-1] == "joy"


def test_a_face_that_was_not_read_shows_what_it_showed_before_or_nothing():
    course = ExpressionCourse()
    assert course.add(0.0, view(None)) is None
    course.add(0.1, view("joy"))
    assert course.add(0.2, view(None)).label == "joy"


def test_after_a_long_break_a_face_begins_anew():
    course = ExpressionCourse()
    for number in range(50):
        course.add(0.1 * number, view("joy"))
    assert course.add(20.0, view("anger")).label == "anger"
