"""What was seen of a stretch, and why not more."""

import asyncio

import numpy as np
import pytest

from realtime.faces.sighting import Sighting
from realtime.faces.timeline import AWAY, COVERED, NO_PICTURE, NOBODY, FaceTimeline, FaceView, Observation

STEP_S = 0.2


def view(face: int = 1, width_px: float = 120.0, sharpness: float = 0.3, confirmed: bool = True) -> FaceView:
    return FaceView(face, width_px, sharpness, confirmed)


def seen(timeline: FaceTimeline, start_s: float, end_s: float, *faces: FaceView, covered: bool = False) -> None:
    for step in range(round(start_s / STEP_S), round(end_s / STEP_S)):
        timeline.add(Observation(step * STEP_S, faces, covered))


def sighting_of(*faces: FaceView, covered: bool = False) -> Sighting:
    timeline = FaceTimeline()
    seen(timeline, 0.0, 4.0, *faces, covered=covered)
    return timeline.sighting(1.0, 3.0)


def test_a_face_all_the_time():
    sighting = sighting_of(view())
    assert (sighting.seen, sighting.faces, sighting.face, sighting.obstacle) == (True, 1, 1, "")
    assert (sighting.width_px, sighting.sharpness) == (120.0, 0.3)
    assert sighting.seen_s == pytest.approx(2.0)
    assert sighting.seen_share == pytest.approx(1.0)
    assert sighting.quality == pytest.approx(1.0)
    assert sighting.pictures == 10


@pytest.mark.parametrize(
    "faces, covered, obstacle",
    [
        ((), False, NOBODY),
        ((), True, COVERED),
        ((view(confirmed=False),), False, NOBODY),
        ((view(width_px=30.0),), False, "the face is too small: 30 pixels wide, 40 are needed"),
        ((view(sharpness=0.01),), False, "the face is too blurred"),
    ],
)
def test_why_there_is_no_good_view(faces, covered, obstacle):
    assert sighting_of(*faces, covered=covered).obstacle == obstacle


def test_half_the_time_is_half_the_share():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 2.0, view())
    seen(timeline, 2.0, 4.0)
    sighting = timeline.sighting(1.0, 3.0)
    assert sighting.seen_s == pytest.approx(1.0)
    assert sighting.seen_share == pytest.approx(0.5)
    assert sighting.quality == pytest.approx(0.5)
    assert sighting.obstacle == ""


def test_a_glimpse_is_not_enough():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 0.4, view())
    seen(timeline, 0.4, 4.0)
    assert timeline.sighting(0.0, 4.0).obstacle == "a face was in view for only 0.4 of 4.0 s"


def test_a_face_counts_from_its_first_picture_once_it_is_confirmed():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 1.0, view(confirmed=False))
    assert not timeline.sighting(0.0, 1.0).seen
    seen(timeline, 1.0, 2.0, view())
    assert timeline.sighting(0.0, 1.0).seen_share == pytest.approx(1.0)


def test_of_several_faces_the_largest_is_described_and_all_are_counted():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 1.0, view(1, 60.0), view(2, 100.0))
    seen(timeline, 1.0, 3.0, view(2, 100.0))
    sighting = timeline.sighting(0.0, 3.0)
    assert (sighting.faces, sighting.face, sighting.width_px) == (2, 2, 100.0)


def test_a_picture_stands_for_no_more_than_a_second():
    timeline = FaceTimeline()
    timeline.add(Observation(0.0, (view(),)))
    timeline.add(Observation(10.0, (view(),)))
    assert timeline.sighting(0.0, 4.0).seen_s == pytest.approx(1.0)
    assert timeline.sighting(2.0, 4.0).obstacle == NO_PICTURE


def test_a_picture_that_comes_after_the_stretch_says_nothing_of_it():
    timeline = FaceTimeline()
    seen(timeline, 1.0, 2.0, view())
    assert timeline.sighting(0.0, 1.0).obstacle == NO_PICTURE


def test_a_camera_that_is_away_is_the_reason():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 1.0, view())
    timeline.lose()
    assert timeline.sighting(3.0, 4.0).obstacle == AWAY
    seen(timeline, 10.0, 11.0, view())
    assert timeline.sighting(5.0, 6.0).obstacle == AWAY
    assert timeline.sighting(10.0, 11.0).obstacle == ""


def test_nothing_is_remembered_longer_than_ten_minutes():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 1000.0, view())
    assert timeline.sighting(100.0, 200.0).obstacle == NO_PICTURE
    assert timeline.sighting(500.0, 600.0).seen_share == pytest.approx(1.0)
    assert len(timeline._observations) <= 600 / STEP_S + 1


def test_ids_of_long_ago_are_forgotten():
    timeline = FaceTimeline()
    for number in range(4000):
        timeline.add(Observation(number * STEP_S, (view(number),)))
    assert len(timeline._confirmed) <= 600 / STEP_S + 1


async def test_waiting_for_pictures_ends_when_they_come_or_come_no_more():
    timeline = FaceTimeline()
    waiting = [asyncio.create_task(timeline.reached(time_s)) for time_s in (1.0, 2.0, 3.0)]
    await asyncio.sleep(0)
    timeline.add(Observation(1.2, ()))
    await asyncio.wait_for(waiting[0], 1.0)
    timeline.skip(2.0)
    await asyncio.wait_for(waiting[1], 1.0)
    assert not waiting[2].done()
    timeline.end()
    await asyncio.wait_for(waiting[2], 1.0)


JOY = np.array([-1, -1, -1, -1, 6, -1, -1], np.float32)
ANGER = np.array([-1, 6, -1, -1, -1, -1, -1], np.float32)


def read(face: int, logits: np.ndarray, width_px: float = 120.0, **more) -> FaceView:
    return FaceView(face, width_px, 0.3, confirmed=True, logits=logits, **more)


def test_what_a_face_expresses_is_the_mean_over_its_pictures_by_their_quality():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 1.0, read(1, JOY))
    seen(timeline, 1.0, 2.0, read(1, ANGER, width_px=48.0))
    sighting = timeline.sighting(0.0, 2.0)
    assert sighting.logits.dtype == np.float32
    assert sighting.logits == pytest.approx((2 * JOY + ANGER) / 3, abs=1e-5)


def test_a_face_that_nobody_reads_expresses_nothing():
    assert sighting_of(view()).logits is None
    assert not sighting_of(view()).speaker_known


def test_a_face_that_is_turned_away_is_not_used():
    sighting = sighting_of(read(1, JOY, frontal=0.1))
    assert sighting.obstacle == "the face is turned away"
    assert sighting.quality == pytest.approx(0.1)


def test_of_several_faces_the_one_that_speaks_is_described():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 4.0, read(1, ANGER, mouth=0.1), read(2, JOY, width_px=60.0, mouth=0.12))
    for step in range(20, 30):
        mouth = 0.3 + 0.1 * (step % 4)
        faces = (read(1, ANGER, mouth=0.11), read(2, JOY, width_px=60.0, mouth=mouth))
        timeline.add(Observation(step * STEP_S, faces))
    sighting = timeline.sighting(4.0, 6.0)
    assert (sighting.face, sighting.faces, sighting.width_px) == (2, 2, 60.0)
    assert sighting.speaker_known
    assert sighting.logits == pytest.approx(JOY)
    before = timeline.sighting(1.0, 3.0)
    assert (before.face, before.speaker_known, before.speaking) == (1, False, 0.0)


def test_two_utterances_at_once_may_ask_twice_and_get_the_same():
    timeline = FaceTimeline()
    seen(timeline, 0.0, 4.0, read(1, JOY, mouth=0.3))
    first, second = timeline.sighting(1.0, 3.0), timeline.sighting(1.0, 3.0)
    assert np.array_equal(first.logits, second.logits)
    assert first.speaking == second.speaking
