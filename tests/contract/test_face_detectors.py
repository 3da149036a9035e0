"""What every face detector keeps: one test for all files in `realtime/face_detectors`."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.config import Config
from model.errors import CheckpointError
from realtime.face_detectors import cascade, yunet
from realtime.faces.box import Box
from realtime.faces.tracker import FaceTracker, TrackedFace
from realtime.parts import part_names
from tests.conftest import SHARED
from tests.pictures import face, room

PARTS = part_names("realtime.face_detectors")
FACES = SHARED / "data" / "face"
YUNET = FACES / "face_detection_yunet_2023mar.onnx"


@pytest.fixture(params=PARTS)
def detector(request):
    match request.param:
        case "cascade":
            made = cascade.create(cascade.Settings())
        case "yunet":
            if not YUNET.is_file():
                pytest.skip(f"YuNet is not at {YUNET}")
            made = yunet.create(yunet.Settings(path=YUNET))
    made.open()
    return made


def films(name: str, rate: float) -> Iterator[tuple[float, np.ndarray]]:
    """So many pictures a second of a shared film, with their times."""
    if not (FACES / name).is_file():
        pytest.skip(f"{name} is not at {FACES}")
    reel = cv2.VideoCapture(str(FACES / name))
    number, due_s, rate_in = 0, 0.0, reel.get(cv2.CAP_PROP_FPS)
    while reel.grab():
        if number / rate_in >= due_s:
            due_s += 1 / rate
            yield number / rate_in, reel.retrieve()[1]
        number += 1


def followed(detector, name: str, rate: float) -> list[tuple[TrackedFace, ...]]:
    """The confirmed faces in each picture, those included that were confirmed later."""
    tracker = FaceTracker(detector)
    seen = [tracker.follow(image, time_s) for time_s, image in films(name, rate)]
    confirmed = {each.id for faces in seen for each in faces if each.confirmed}
    return [tuple(each for each in faces if each.id in confirmed) for faces in seen]


@pytest.mark.parametrize("name", PARTS)
def test_the_file_holds_settings_and_create(name):
    module = importlib.import_module(f"realtime.face_detectors.{name}")
    assert issubclass(module.Settings, Config)
    assert all(field.description for field in module.Settings.model_fields.values())
    assert list(inspect.signature(module.create).parameters) == ["settings"]


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1280, 720)])
def test_a_face_is_found_where_it_is(detector, size):
    width, height = size
    middle, across = (0.6 * width, 0.5 * height), 0.25 * width
    [box] = detector.detect(face(room(width, height), middle, across))
    expected = Box(middle[0] - across / 2, middle[1] - across / 2, across, across)
    assert isinstance(box, Box)
    assert box.overlap(expected) > 0.4


def test_two_faces_are_two(detector):
    assert len(detector.detect(face(face(room(), (80, 120), 70), (240, 120), 70))) == 2


@pytest.mark.parametrize(
    "image",
    [room(), np.zeros((240, 320, 3), np.uint8), np.full((480, 640, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)],
)
def test_where_nobody_is_nothing_is_found(detector, image):
    assert list(detector.detect(image)) == []


@pytest.mark.shared
@pytest.mark.parametrize("rate", [5.0, 10.0])
def test_a_film_without_a_face_never_claims_one(detector, rate):
    assert not any(followed(detector, "no_face.mp4", rate))


@pytest.mark.shared
@pytest.mark.parametrize("rate", [5.0, 10.0])
@pytest.mark.parametrize("name", ["single_face.mp4", "WolfgangLanger_Pexels.mp4"])
def test_a_film_of_one_person_nearly_always_shows_the_same_one(detector, name, rate):
    seen = followed(detector, name, rate)
    assert sum(map(bool, seen)) >= 0.95 * len(seen)
    assert {each.id for faces in seen for each in faces} == {1}


@pytest.mark.shared
def test_people_side_by_side_are_told_apart(detector):
    path = FACES / "multi_face.jpg"
    if not path.is_file():
        pytest.skip(f"multi_face.jpg is not at {FACES}")
    assert len(detector.detect(cv2.imread(str(path)))) >= 4


@pytest.mark.parametrize("content", [None, b"no network"])
def test_yunet_says_where_to_get_it(tmp_path, content):
    path: Path = tmp_path / "yunet.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"Get face_detection_yunet_2023mar\.onnx from"):
        yunet.create(yunet.Settings(path=path)).open()


def test_yunet_tells_how_far_a_head_is_tilted_and_turned():
    if not YUNET.is_file():
        pytest.skip(f"YuNet is not at {YUNET}")
    detector = yunet.create(yunet.Settings(path=YUNET))
    detector.open()
    _, picture = next(films("WolfgangLanger_Pexels.mp4", 1))
    height, width = picture.shape[:2]
    [upright] = detector.detect(picture)
    for tilt in (-20, 20):
        rolled = cv2.warpAffine(picture, cv2.getRotationMatrix2D(upright.middle, -tilt, 1.0), (width, height))
        [found] = detector.detect(rolled)
        assert 5 < abs(found.tilt_deg - upright.tilt_deg) < 25
        assert np.sign(found.tilt_deg - upright.tilt_deg) == np.sign(tilt)
    assert upright.turn < 0.2
