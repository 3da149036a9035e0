"""What every face encoder keeps: one test for all files in `realtime/face_encoders`."""

import numpy as np
import pytest

from model.errors import CheckpointError, PartMissingError
from realtime.face_encoders import compact, transformers
from realtime.parts import PartChoice, load_part, part_names
from tests.tiny_face import tiny_folder
from tests.tiny_vit import tiny_vit

PARTS = part_names("realtime.face_encoders")
FACES = np.random.default_rng(1).integers(0, 256, (5, 48, 48), np.uint8)


@pytest.fixture(scope="module", params=PARTS)
def encoder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    match request.param:
        case "compact":
            own = {"checkpoint": tiny_folder(folder / "face")}
        case "transformers":
            own = {"model": str(tiny_vit(folder)), "device": "cpu"}
    made = load_part("realtime.face_encoders", PartChoice.model_validate({"part": request.param, **own}))
    made.open()
    return made


def test_each_face_gives_seven_centred_numbers(encoder):
    read = encoder.read(FACES)
    assert (read.shape, read.dtype) == ((5, 7), np.float32)
    assert np.isfinite(read).all()
    assert np.abs(read.mean(1)).max() < 1e-5
    assert np.ptp(read) > 0.01


def test_a_face_reads_alike_whatever_is_read_with_it(encoder):
    together = encoder.read(FACES)
    for number, face in enumerate(FACES):
        assert np.allclose(encoder.read(face[None])[0], together[number], atol=1e-5)


def test_no_faces_give_no_numbers(encoder):
    assert encoder.read(FACES[:0]).shape == (0, 7)


def test_a_flat_picture_gives_numbers(encoder):
    assert np.isfinite(encoder.read(np.zeros((1, 48, 48), np.uint8))).all()


def test_weights_that_are_not_there_are_named_with_what_to_do(tmp_path):
    with pytest.raises(CheckpointError, match=r"card\.json cannot be read"):
        compact.create(compact.Settings(checkpoint=tmp_path)).open()
    with pytest.raises(PartMissingError, match="hf download nobody/nothing"):
        transformers.create(transformers.Settings(model="nobody/nothing"))
    with pytest.raises(PartMissingError, match=r"Correct the path in face_encoder\.model"):
        transformers.create(transformers.Settings(model=str(tmp_path / "nowhere")))
