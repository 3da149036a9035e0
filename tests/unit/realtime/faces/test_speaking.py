import pytest

from realtime.faces.speaking import MouthMotions, speaking_face

STILL = [0.12, 0.1, 0.14, 0.11] * 5
TALKING = [0.5, 0.2, 0.9, 0.4, 0.7]


def motions(face: int, during: list[float], rest: list[float] = STILL) -> MouthMotions:
    return MouthMotions(face, during, [*rest, *during])


def test_the_face_whose_mouth_moves_while_somebody_speaks_is_the_one():
    told = speaking_face([motions(1, STILL[:5]), motions(2, TALKING)])
    assert told.face == 2
    assert told.surely > 0.5


def test_a_face_that_moves_all_the_time_is_held_against_itself():
    restless = motions(1, TALKING, TALKING * 4)
    assert speaking_face([restless, motions(2, [0.4, 0.3, 0.5, 0.4])]).face == 2


def test_a_single_face_speaks_only_if_its_mouth_moves():
    assert speaking_face([motions(1, TALKING)]).face == 1
    assert speaking_face([motions(1, STILL[:5])]).face is None


def test_two_that_move_alike_cannot_be_told_apart():
    assert speaking_face([motions(1, TALKING), motions(2, TALKING)]).surely == pytest.approx(0.0)


def test_nothing_is_told_from_too_few_pictures():
    assert speaking_face([]).face is None
    assert speaking_face([motions(1, TALKING), motions(2, TALKING[:3])]).face is None
    assert speaking_face([MouthMotions(1, [], [])]).face is None
