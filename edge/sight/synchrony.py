"""How far sound and pictures of a recording are apart."""

from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.sight.film import Film
from edge.sight.grabber import Image
from edge.sound.decoder import Decoder, Hole
from realtime.events import SAMPLE_RATE_HZ
from realtime.synchrony import Course, Synchrony, level_course, measure, motion_course

_WIDTH: Final = 96  # pixels: so small, grain and coding are gone, and a mouth that opens is not
_PARTS: Final = (8, 6)  # of a picture, across and down


def synchrony_of(path: Path, length_s: float) -> Synchrony:
    """How much later the sound of a recording comes than its pictures.

    Args:
        path: The file, with sound and pictures.
        length_s: How much of its beginning is looked at, seconds.

    Raises:
        SourceError: The file is missing, unreadable, or has no sound or no pictures.
    """
    with closing(Decoder(path)) as decoder, closing(Film(path, _WIDTH)) as film:
        level = level_course(_sound(decoder, round(length_s * SAMPLE_RATE_HZ)))
        return measure(level, _motion(film, length_s))


def _sound(decoder: Decoder, length: int) -> Course:
    """(T,) samples of all channels together; none where the recording has holes."""
    heard = np.zeros(length, np.float32)
    position = 0
    for piece in decoder.pieces():
        if position >= length:
            break
        if isinstance(piece, Hole):
            position += piece.length
            continue
        mixed = piece.mean(axis=0)[: length - position]
        heard[position : position + mixed.size] = mixed
        position += mixed.size
    return heard[:position]


def _motion(film: Film, length_s: float) -> Course:
    times_s, motion = [], []
    for time_s, changed in _changes(takewhile(lambda shown: shown[0] < length_s, film.pictures())):
        times_s.append(time_s)
        motion.append(changed)
    stacked = np.stack(motion) if motion else np.empty((0, 0))
    return motion_course(np.array(times_s), stacked.astype(np.float32))


def _changes(pictures: Iterator[tuple[float, Image]]) -> Iterator[tuple[float, Course]]:
    """By how many grey levels each part of a picture differs from the one before; nothing where there is none."""
    before: Image | None = None
    for time_s, picture in pictures:
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        difference = cv2.absdiff(grey, grey if before is None or before.shape != grey.shape else before)
        parts = cv2.resize(difference.astype(np.float32), _PARTS, interpolation=cv2.INTER_AREA)
        yield time_s, np.asarray(parts, np.float32).ravel()
        before = grey
