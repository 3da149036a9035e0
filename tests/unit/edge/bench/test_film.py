"""A film made for a measurement: as long as its sound, with the pictures asked for."""

import numpy as np
import pytest

from edge.bench.film import make_film
from edge.bench.looped import Sound
from edge.sight.film import Film
from edge.sound.decoder import Decoder
from model.errors import SourceError
from tests.sounds import tone, write

SOUND = Sound("talk", np.stack([tone(440.0, 1.0), tone(220.0, 1.0)]))


def pictures(path, every_s=0.25):
    film = Film(path, 1280)
    try:
        return [shown.image for shown in film.shown(every_s)], film.size
    finally:
        film.close()


def heard(path):
    decoder = Decoder(path)
    try:
        return np.concatenate(list(decoder.pieces()), axis=1)
    finally:
        decoder.close()


def square_at(image):
    """Where the bright square is, to a few pixels."""
    return round(int(np.argmax(image[180, :, 0] > 190)) / 7)


def test_two_channels_become_one_of_the_same_length_with_drawn_pictures(tmp_path):
    make_film(tmp_path / "talk.mkv", SOUND, None)
    samples = heard(tmp_path / "talk.mkv")
    assert samples.shape == (1, 16_000)
    assert np.abs(samples[0] - SOUND.samples.sum(axis=0)).max() < 1e-3
    shown, size = pictures(tmp_path / "talk.mkv")
    assert size == (1280, 720)
    assert len(shown) == 5  # the last one stands at the end, too


def test_a_video_that_is_shorter_is_shown_again(tmp_path):
    make_film(tmp_path / "short.mkv", Sound("short", SOUND.samples[:, :4_800]), None)
    make_film(tmp_path / "talk.mkv", SOUND, tmp_path / "short.mkv")
    shown, _ = pictures(tmp_path / "talk.mkv")
    short, _ = pictures(tmp_path / "short.mkv", 0.1)
    assert len(shown) == 5
    assert {square_at(image) for image in shown} <= {square_at(image) for image in short}


def test_a_file_without_pictures_is_refused(tmp_path):
    path = write(tmp_path / "talk.flac", list(SOUND.samples))
    with pytest.raises(SourceError, match="has no pictures"):
        make_film(tmp_path / "film.mkv", SOUND, path)
