import numpy as np
import pytest

from model.emotions import EKMAN_LABELS
from model.errors import CheckpointError
from model.label_names import LEAST, bounded, in_ekman_order, to_ekman

FER = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def labels_of(names) -> list[str | None]:
    return [None if place is None else EKMAN_LABELS[place] for place in to_ekman(names)]


def test_the_names_of_fer2013_are_known():
    assert labels_of(FER) == ["anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"]


def test_calm_counts_as_neutral_and_what_is_no_label_of_ours_is_left_out():
    names = (*FER, "Calm", "contempt", "boredom", "other", "<unk>")
    assert labels_of(names)[7:] == ["neutral", None, None, None, None]


def test_names_in_two_languages_and_with_underlines_are_known():
    names = ("生气/angry", "HAP", "NEU", "sad", "pleasant_surprise", "Disgusted", "FEARFUL")
    assert labels_of(names) == ["anger", "joy", "neutral", "sadness", "surprise", "disgust", "fear"]


def test_labels_without_one_of_the_seven_are_refused():
    with pytest.raises(CheckpointError, match="nothing of neutral, surprise"):
        to_ekman(("angry", "disgust", "fear", "happy", "sad"))


def test_a_label_that_says_nothing_is_refused():
    with pytest.raises(CheckpointError, match="'LABEL_3' is none that is known"):
        to_ekman((*FER, "LABEL_3"))


def test_outputs_of_one_emotion_are_added_up_as_probabilities():
    places = to_ekman((*FER, "calm", "other"))
    logits = np.log(np.array([0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.2, 0.3, 0.2], np.float32))
    read = in_ekman_order(logits, places)
    assert read.dtype == np.float32
    assert abs(read.mean()) < 1e-6
    assert read[0] - read[1] == pytest.approx(np.log(0.5 / 0.05), abs=1e-5)


def test_a_batch_is_read_row_by_row_and_what_is_ruled_out_stays_finite():
    places = to_ekman(FER)
    logits = np.array([[1000.0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 3]], np.float32)
    read = in_ekman_order(logits, places)
    assert np.isfinite(read).all()
    assert [EKMAN_LABELS[row.argmax()] for row in read] == ["anger", "neutral"]
    assert np.array_equal(in_ekman_order(logits[1], places), read[1])
    assert in_ekman_order(np.empty((0, 7), np.float32).reshape(0, 7), places).shape == (0, 7)


def test_an_encoder_that_is_too_sure_is_held_to_one_in_a_hundred():
    sure = np.array([[40.0, 0, 0, 0, 0, 0, 0], [0.5, 0, 0, 0, 0, 0, 0]], np.float32)
    held = bounded(sure)
    assert held[0, 0] - held[0, 1] == pytest.approx(-LEAST, abs=1e-5)
    assert held[1, 0] - held[1, 1] == pytest.approx(0.5, abs=1e-5)
    assert np.abs(held.mean(1)).max() < 1e-6
