"""A face keeps its id while it is followed, and counts only once it was confirmed."""

import numpy as np
import pytest

from realtime.faces.box import Box
from realtime.faces.tracker import CONFIRMATIONS, FaceTracker
from tests.fakes import FakeDetector
from tests.pictures import face, room

STEP_S = 0.2


def around(middle: tuple[float, float], width: float = 80) -> Box:
    return Box(middle[0] - width / 2, middle[1] - width / 2, width, width)


class Seeing:
    """A tracker that is shown one picture after the other, and a detector that knows where the faces are."""

    def __init__(self) -> None:
        self.detector = FakeDetector([])
        self.tracker = FaceTracker(self.detector)
        self.tracker.open()
        self.time_s = 0.0

    def show(self, *middles: tuple[float, float], found: bool = True, size: float = 80):
        image = room()
        for middle in middles:
            image = face(image, middle, size)
        self.detector.answers = [[around(middle) for middle in middles] if found else []]
        self.time_s += STEP_S
        return self.tracker.follow(image, self.time_s)


def test_a_face_counts_after_three_looks_in_a_row():
    seeing = Seeing()
    confirmed = [seeing.show((160, 120))[0].confirmed for _ in range(5)]
    assert confirmed == [False] * (CONFIRMATIONS - 1) + [True] * (6 - CONFIRMATIONS)


def test_what_is_found_once_and_not_again_is_no_face():
    seeing = Seeing()
    seeing.show((160, 120))
    assert seeing.show((160, 120), found=False) == ()


def test_a_moving_face_is_followed_with_a_fifth_of_the_looks():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((60, 120))
    before = seeing.detector.looks
    seen = [seeing.show((60 + 8 * step, 120)) for step in range(1, 21)]
    assert {tracked.id for faces in seen for tracked in faces} == {1}
    assert [len(faces) for faces in seen] == [1] * 20
    assert seeing.detector.looks - before == 4
    box = seen[-2][0].box
    assert box.middle == pytest.approx((60 + 8 * 19, 120), abs=10)


def test_two_faces_keep_their_ids():
    seeing = Seeing()
    for step in range(20):
        faces = seeing.show((70 + step, 120), (240 - step, 130))
    by_place = sorted(faces, key=lambda tracked: tracked.box.x)
    assert [tracked.id for tracked in by_place] == [1, 2]
    assert all(tracked.confirmed for tracked in faces)


def test_a_face_that_turns_away_is_kept_for_a_while_and_then_gone():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((160, 120))
    seen = [len(seeing.show((160, 120), found=False)) for _ in range(20)]
    assert seen[:10] == [1] * 10
    assert seen[-1] == 0


def test_who_leaves_is_gone_at_once():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((160, 120))
    assert seeing.show() == ()


def test_who_returns_to_the_place_soon_is_the_same():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((160, 120))
    for _ in range(10):
        seeing.show()
    returned = [seeing.show((175, 125)) for _ in range(5)][-1]
    assert [(tracked.id, tracked.confirmed) for tracked in returned] == [(1, True)]


def test_who_comes_later_or_elsewhere_is_somebody_else():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((90, 120))
    for _ in range(5):
        seeing.show()
    assert [seeing.show((230, 120)) for _ in range(5)][-1][0].id == 2
    for _ in range(40):
        seeing.show()
    assert [seeing.show((90, 120)) for _ in range(5)][-1][0].id == 3


def test_after_a_break_nothing_is_followed_blindly():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((160, 120))
    seeing.time_s += 60.0
    assert seeing.show((160, 120), found=False) == ()


def test_pictures_may_change_their_size():
    seeing = Seeing()
    for _ in range(5):
        seeing.show((160, 120))
    seeing.detector.answers = [[]]
    assert seeing.tracker.follow(np.zeros((20, 30, 3), np.uint8), seeing.time_s + STEP_S) == ()
