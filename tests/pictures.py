"""Pictures and videos for tests: a drawn face that detectors take for one, and files that hold it."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

SKIN, HAIR, LIP = (150, 175, 215), (30, 40, 60), (90, 90, 170)


def room(width: int = 320, height: int = 240, seed: int = 7) -> np.ndarray:
    """A wall with some unevenness, and nobody before it."""
    noise = np.random.default_rng(seed).normal(0, 14, (height // 20, width // 20, 3))
    wall = 110 + cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return wall.clip(0, 255).astype(np.uint8)


def face(image: np.ndarray, middle: tuple[float, float], width: float) -> np.ndarray:
    """The picture with a face drawn into it, seen from the front; `width` is from ear to ear in pixels."""
    drawn = image.copy()
    unit = width / 100

    def spot(x: float, y: float) -> tuple[int, int]:
        return round(middle[0] + x * unit), round(middle[1] + y * unit)

    def ellipse(x: float, y: float, across: float, down: float, colour: tuple[int, int, int]) -> None:
        axes = (max(1, round(across * unit)), max(1, round(down * unit)))
        cv2.ellipse(drawn, spot(x, y), axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    ellipse(0, -14, 58, 72, HAIR)
    ellipse(0, 4, 48, 62, SKIN)
    for side in (-1, 1):
        ellipse(21 * side, -10, 17, 10, (105, 125, 165))  # the hollow of the eye
        ellipse(21 * side, -8, 11, 6, (225, 225, 225))
        ellipse(21 * side, -8, 5.5, 5.5, (30, 30, 40))
        ellipse(21 * side, -22, 15, 3.5, HAIR)
        ellipse(32 * side, 16, 10, 8, (165, 190, 230))  # cheeks catch the light
    ellipse(0, 6, 5, 16, (170, 195, 232))
    ellipse(0, 20, 10, 4, (110, 130, 175))
    ellipse(0, 36, 19, 5.5, LIP)
    ellipse(0, 36, 17, 1.5, (50, 40, 80))
    return cv2.GaussianBlur(drawn, (0, 0), max(0.4, 0.6 * unit))


def film(
    path: Path,
    pictures: Sequence[np.ndarray] | Callable[[int], np.ndarray],
    rate: int = 25,
    length_s: float = 2.0,
    times_s: Sequence[float] | None = None,
    sound: np.ndarray | None = None,
) -> Path:
    """A video of these pictures.

    Args:
        path: The file; its suffix chooses the container.
        pictures: The pictures, or what makes the picture of a number.
        rate: Pictures per second, where no times are given.
        length_s: How long, where pictures are made.
        times_s: When each is shown.
        sound: (T,) samples at 16 kHz that are heard with it.
    """
    images = [pictures(number) for number in range(round(rate * length_s))] if callable(pictures) else list(pictures)
    times = times_s or [number / rate for number in range(len(images))]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.bit_rate = 4_000_000
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        if sound is not None:
            heard = container.add_stream("aac", rate=16_000, layout="mono")
            _encode_sound(container, heard, sound)
        for image, time_s in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _encode_sound(container, stream, sound: np.ndarray) -> None:
    frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 16_000, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode())
