"""Pictures in, observations on the timeline; health to the stream of the sound."""

import cv2
import numpy as np
import pytest

from model.errors import SkippableError
from realtime.events import Health, PartHealth, VideoFrame, VideoGap
from realtime.faces.box import Box
from realtime.faces.reader import FaceReader
from realtime.faces.timeline import AWAY, COVERED, FaceTimeline
from realtime.faces.tracker import FaceTracker
from realtime.looking import Looking
from realtime.model_thread import ModelThread
from realtime.stages.look import LookStage
from tests.fakes import FakeDetector, FakeFaceEncoder
from tests.pictures import face, room


class Eyes:
    """The stage, and what it says."""

    def __init__(self, detector: FakeDetector, encoder: FakeFaceEncoder | None = None) -> None:
        self.timeline = FaceTimeline()
        self.said = []
        self.dropped = 0
        self.thread = ModelThread("faces")
        self.looking = Looking(self.said.append)
        self.stage = LookStage(
            FaceReader(FaceTracker(detector), encoder),
            self.timeline,
            self.thread,
            self.said.append,
            lambda: self.dropped,
            self.looking,
        )

    async def look(self, image: np.ndarray, times: int = 1, start_s: float = 0.0) -> None:
        for number in range(times):
            assert await self.stage.process(VideoFrame(start_s + 0.2 * number, image, 0.0)) == ()


@pytest.fixture
async def looking():
    made = Eyes(FakeDetector([Box(110, 70, 100, 100)]))
    await made.stage.open()
    yield made
    await made.stage.close()
    made.thread.close()


async def test_a_face_is_noted_with_its_size_and_sharpness(looking):
    await looking.look(face(room(), (160, 120), 80), times=10)
    sighting = looking.timeline.sighting(0.0, 2.0)
    assert sighting.width_px == pytest.approx(100, abs=2)
    assert sighting.sharpness > 0.1
    assert sighting.obstacle == ""


async def test_a_covered_camera_is_noted(looking):
    looking.stage._reader._tracker._detector.answers = [[]]
    await looking.look(np.zeros((240, 320, 3), np.uint8), times=10)
    assert looking.timeline.sighting(0.0, 2.0).obstacle == COVERED


async def test_the_cameras_health_goes_to_the_sound_and_makes_a_stretch_without_pictures(looking):
    lost = PartHealth("webcam", Health.OFFLINE, "unplugged")
    assert await looking.stage.process(lost) == ()
    assert looking.said == [lost]
    assert looking.timeline.sighting(1.0, 2.0).obstacle == AWAY


async def test_time_goes_on_without_pictures_and_ends_with_them(looking):
    await looking.stage.process(VideoGap(5.0))
    await looking.timeline.reached(5.0)
    assert await looking.stage.flush() == ()
    await looking.timeline.reached(1000.0)


async def test_too_many_dropped_pictures_are_said_once_and_so_is_their_end(looking):
    for dropped in (0, 40, 80, 80):
        looking.dropped = dropped
        await looking.look(room(), times=50)
    assert [(each.part, each.health) for each in looking.said] == [("face", Health.LAGGING), ("face", Health.ONLINE)]
    assert looking.said[0].reason == "44% of the pictures are dropped: too slow"


async def test_a_picture_that_opencv_refuses_is_skipped(looking):
    def refuse(_):
        raise cv2.error("no such thing")

    looking.stage._reader._tracker._detector.detect = refuse
    with pytest.raises(SkippableError, match=r"a picture at 0\.0 s"):
        await looking.look(room())


def two_people(step: int) -> np.ndarray:
    """Both sway a little; the one on the right, a smaller face, talks from the 20th picture on."""
    picture = face(face(room(), (90 + 2 * (step % 2), 110), 90), (240, 110), 70)
    if step >= 20:
        picture = np.ascontiguousarray(picture)
        cv2.ellipse(picture, (240, 136), (12, 2 + 4 * (step % 3)), 0, 0, 360, (40, 30, 60), -1)
    return picture


async def test_of_two_people_the_one_who_talks_is_known_and_read():
    encoder = FakeFaceEncoder()
    looking = Eyes(FakeDetector([Box(40, 62, 100, 100), Box(201, 72, 78, 78)]), encoder)
    await looking.stage.open()
    for step in range(40):
        await looking.stage.process(VideoFrame(0.2 * step, two_people(step), 0.0))
    before, talking = looking.timeline.sighting(1.0, 4.0), looking.timeline.sighting(4.0, 8.0)
    assert (before.face, before.width_px, before.speaking) == (1, 100, 0.0)
    assert (talking.face, talking.width_px, talking.faces) == (2, 78, 2)
    assert talking.speaker_known
    assert talking.logits == pytest.approx(encoder.answer)
    await looking.stage.close()
    looking.thread.close()


async def test_who_looks_away_sees_nothing_and_says_so(looking):
    await looking.look(face(room(), (160, 120), 80), times=5)
    looks = looking.stage._reader._tracker._detector.looks
    looking.looking.avert("somebody", "switched off")
    looking.looking.avert("somebody else", "paused")
    await looking.look(face(room(), (160, 120), 80), times=5, start_s=1.0)
    assert looking.stage._reader._tracker._detector.looks == looks
    await looking.stage.process(PartHealth("webcam", Health.ONLINE, "it is back"))
    looking.looking.look("somebody else")
    looking.looking.look("somebody")
    looking.looking.look("somebody")
    assert looking.said == [
        PartHealth("webcam", Health.DISABLED, "switched off"),
        PartHealth("webcam", Health.DISABLED, "switched off"),
        PartHealth("webcam", Health.ONLINE, "looking again"),
    ]
    await looking.look(face(room(), (160, 120), 80), times=5, start_s=2.0)
    assert looking.timeline.sighting(1.9, 2.0).pictures == 0
    assert looking.timeline.sighting(2.0, 3.0).faces == 1
