"""What the command line says about the camera."""

import pytest

from edge.commands.camera import camera_given


@pytest.mark.parametrize(
    "said, setting",
    [
        (None, {}),
        ("none", {"camera": None}),
        ("recording", {"camera": {"part": "recording"}}),
        ("0", {"camera": {"part": "webcam", "device": "0"}}),
        ("/dev/video2", {"camera": {"part": "webcam", "device": "/dev/video2"}}),
        ("rtsp://cam/x", {"camera": {"part": "webcam", "device": "rtsp://cam/x"}}),
    ],
)
def test_a_camera_by_number_path_address_or_none(said, setting):
    assert camera_given(said) == setting


def test_a_video_is_played_beside_the_sound(tmp_path):
    path = tmp_path / "film.mp4"
    path.touch()
    assert camera_given(str(path)) == {"camera": {"part": "recording", "path": str(path)}}
