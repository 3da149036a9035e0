"""Pictures in, what they show out."""

import numpy as np

from realtime.faces.box import Box
from realtime.faces.reader import MOST_READ, FaceReader
from realtime.faces.tracker import FaceTracker
from tests.fakes import FakeDetector, FakeFaceEncoder
from tests.pictures import face, room

PICTURE = face(room(), (160, 120), 80)
BOX = Box(110, 70, 100, 100)


def new_reader(boxes, encoder=None) -> FaceReader:
    reader = FaceReader(FaceTracker(FakeDetector(boxes)), encoder)
    reader.open()
    return reader


def test_the_expression_of_a_face_is_read_in_every_picture():
    encoder = FakeFaceEncoder()
    reader = new_reader([BOX], encoder)
    views = [reader.observe(PICTURE, 0.1 * number).faces[0] for number in range(3)]
    assert encoder.opened == 1
    assert [len(faces) for faces in encoder.given] == [1, 1, 1]
    assert encoder.given[0].shape == (1, 48, 48)
    assert all(np.array_equal(view.logits, encoder.answer) for view in views)
    assert [view.mouth for view in views] == [None, 0.0, 0.0]
    assert views[0].frontal > 0.5


def test_without_an_encoder_a_face_is_only_found():
    [view] = new_reader([BOX]).observe(PICTURE, 0.0).faces
    assert (view.logits, view.frontal, view.mouth) == (None, None, None)
    assert view.width_px == 100


def test_of_a_crowd_the_largest_faces_are_read():
    encoder = FakeFaceEncoder()
    crowd = [Box(50 * number, 10, 20 + number, 20 + number) for number in range(MOST_READ + 2)]
    views = new_reader(crowd, encoder).observe(room(400, 300), 0.0).faces
    assert len(views) == MOST_READ + 2
    assert {view.width_px for view in views if view.logits is not None} == {22, 23, 24, 25}


def test_nobody_is_no_work_for_the_encoder():
    encoder = FakeFaceEncoder()
    observation = new_reader([], encoder).observe(np.zeros((240, 320, 3), np.uint8), 0.0)
    assert (observation.faces, observation.covered, encoder.given) == ((), True, [])


def test_of_a_face_that_was_away_no_motion_is_known():
    encoder = FakeFaceEncoder()
    reader = new_reader([BOX], encoder)
    reader.observe(PICTURE, 0.0)
    assert reader.observe(np.zeros_like(PICTURE), 0.1).faces == ()
    views = [view for number in range(2, 8) for view in reader.observe(PICTURE, 0.1 * number).faces]
    assert views[0].mouth is None
    assert views[1].mouth == 0.0
