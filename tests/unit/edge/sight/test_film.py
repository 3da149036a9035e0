"""The pictures of a recording: their times, their turn, and what stands where nothing is shown."""

from pathlib import Path

import av
import numpy as np
import pytest

from edge.sight.film import Film
from model.errors import SourceError
from tests.pictures import film, room
from tests.sounds import tone, write


def shown(path: Path, every_s: float, width: int = 1280):
    reel = Film(path, width)
    pictures = list(reel.shown(every_s))
    reel.close()
    return pictures


def grey(level: int) -> np.ndarray:
    return np.full((48, 64, 3), level, np.uint8)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_so_many_pictures_a_second_each_at_its_own_time(tmp_path, suffix):
    path = film(tmp_path / f"film{suffix}", lambda number: grey(4 * number), rate=25, length_s=2.0)
    pictures = shown(path, 0.2)
    assert [picture.time_s for picture in pictures[:10]] == pytest.approx([0.2 * n for n in range(10)], abs=0.002)
    levels = [picture.image.mean() for picture in pictures[:10]]
    assert levels == pytest.approx([20 * n for n in range(10)], abs=6)


def test_a_picture_stands_until_the_next_one(tmp_path):
    path = film(tmp_path / "still.mkv", [grey(50), grey(200)], times_s=[0.0, 1.1])
    pictures = shown(path, 0.25)
    assert [round(picture.time_s, 2) for picture in pictures] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.1]
    assert [round(picture.image.mean(), -1) for picture in pictures] == [50] * 5 + [200]


def test_before_the_first_picture_time_goes_on(tmp_path):
    path = film(tmp_path / "late.mkv", [grey(90)] * 5, times_s=[1.0, 1.1, 1.2, 1.3, 1.4], sound=tone(300, 2.0))
    pictures = shown(path, 0.5)
    assert [(picture.time_s, picture.image is None) for picture in pictures] == [
        (0.0, True),
        (0.5, True),
        (1.0, False),
        (pytest.approx(1.4), False),
    ]


def test_the_zero_is_that_of_the_sound(tmp_path):
    path = film(tmp_path / "later.mkv", [grey(90)] * 3, times_s=[5.0, 5.1, 5.2])
    assert shown(path, 0.1)[0].time_s == 0.0


def test_large_pictures_are_scaled_down(tmp_path):
    path = film(tmp_path / "large.mp4", [room(640, 480)] * 2)
    assert shown(path, 1.0, width=320)[0].image.shape == (240, 320, 3)
    assert shown(path, 1.0, width=1280)[0].image.shape == (480, 640, 3)


@pytest.mark.parametrize("turn, corner", [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_pictures_are_turned_as_the_file_says(tmp_path, turn, corner):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16] = 255  # the left upper corner is light
    path = film(tmp_path / "turned.mp4", [image] * 3)
    turn_clockwise(path, turn)
    picture = shown(path, 1.0)[0].image
    assert picture.shape == ((64, 48, 3) if turn % 180 else (48, 64, 3))
    assert picture[corner[0] * 5 + corner[0], corner[1] * 5 + corner[1]].mean() > 150
    assert picture.flags.c_contiguous


def turn_clockwise(path: Path, degrees: int) -> None:
    """Write into an mp4's header how it is to be shown, as a telephone does."""
    one = 1 << 16
    a, b = {0: (one, 0), 90: (0, one), 180: (-one, 0), 270: (0, -one)}[degrees]
    matrix = np.array([a, b, 0, -b, a, 0, 0, 0, 1 << 30], ">i4").tobytes()
    straight = np.array([one, 0, 0, 0, one, 0, 0, 0, 1 << 30], ">i4").tobytes()
    data = path.read_bytes()
    track = data.index(b"tkhd")
    place = data.index(straight, track)
    path.write_bytes(data[:place] + matrix + data[place + len(matrix) :])


def test_sound_alone_is_no_film(tmp_path):
    path = write(tmp_path / "sound.flac", [tone(300, 1.0)])
    with pytest.raises(SourceError, match="has no pictures"):
        Film(path, 640)


def test_the_picture_on_a_record_is_no_film(tmp_path):
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=16_000, layout="mono")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(grey(90), format="bgr24").reformat(format="yuvj420p")
        container.mux(cover.encode(frame))
        container.mux(cover.encode())
        heard = av.AudioFrame.from_ndarray(tone(300, 1.0)[None], format="fltp", layout="mono")
        heard.sample_rate = 16_000
        container.mux(sound.encode(heard))
        container.mux(sound.encode())
    with pytest.raises(SourceError, match="has no pictures"):
        Film(path, 640)


@pytest.mark.parametrize("content", [b"", b"not a film at all"])
def test_what_is_no_recording_is_refused(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read as a recording"):
        Film(path, 640)


def test_a_film_that_breaks_off_gives_what_it_has(tmp_path):
    path = film(tmp_path / "whole.mkv", lambda number: room(seed=number), rate=10, length_s=3.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    pictures = shown(path, 0.1)
    assert 3 < len(pictures) < 29
