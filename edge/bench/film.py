"""A recording made for a measurement: sound as of one microphone, and pictures as a webcam gives them."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, count, islice
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from edge.bench.looped import Sound
from edge.sight.film import Film
from edge.sight.grabber import Image
from realtime.events import SAMPLE_RATE_HZ

_PER_S: Final = 10  # pictures: twice as many as are looked at by default
_STEP: Final = SAMPLE_RATE_HZ // _PER_S  # samples between two of them
_WIDTH, _HEIGHT = 1280, 720
_SQUARE: Final = 120  # pixels


def make_film(path: Path, sound: Sound, pictures: Path | None) -> None:
    """Write a film: the sound mixed to one channel, and pictures for as long as it lasts.

    Args:
        path: Where; an mkv.
        sound: What is heard.
        pictures: A video whose pictures are shown over and over; None draws some, in which there is no face.

    Raises:
        SourceError: The video cannot be read, or has no pictures.
    """
    images = islice(_drawn() if pictures is None else _shown_again(pictures), int(sound.length_s * _PER_S))
    first = next(images)
    mixed = np.clip(sound.samples.sum(axis=0), -1.0, 1.0)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mjpeg", rate=_PER_S)
        video.pix_fmt = "yuvj420p"
        video.height, video.width = (side // 2 * 2 for side in first.shape[:2])
        audio = container.add_stream("flac", rate=SAMPLE_RATE_HZ, layout="mono")
        for number, image in enumerate(chain([first], images)):
            picture = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(image[: video.height, : video.width]), format="bgr24"
            )
            picture.pts, picture.time_base = number, Fraction(1, _PER_S)
            container.mux(video.encode(picture))
            container.mux(audio.encode(_heard(mixed, number * _STEP)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _heard(mixed: NDArray[np.float32], start: int) -> av.AudioFrame:
    samples = (mixed[np.newaxis, start : start + _STEP] * (2**15 - 1)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, start, Fraction(1, SAMPLE_RATE_HZ)
    return frame


def _shown_again(path: Path) -> Iterator[Image]:
    """The pictures of a video, over and over."""
    while True:
        film = Film(path, _WIDTH)
        try:
            yield from (shown.image for shown in film.shown(1 / _PER_S) if shown.image is not None)
        finally:
            film.close()


def _drawn() -> Iterator[Image]:
    """A wall of noise with a bright square that moves over it."""
    wall = np.random.default_rng(0).integers(60, 120, (_HEIGHT, _WIDTH, 3), np.uint8)
    for number in count():
        image = wall.copy()
        left = 7 * number % (_WIDTH - _SQUARE)
        image[_SQUARE : 2 * _SQUARE, left : left + _SQUARE] = 220
        yield image
