from random import Random

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from model.baseline import BaselineSettings
from model.conversation import Conversation, Utterance
from model.datasets import evidence_pools
from model.emotions import EKMAN_LABELS
from model.encoders.casting import Cast, Shares, Show, expected
from model.encoders.tables import Normalisation
from model.modality import Modality
from tests.tiny_pools import write_pool

NO_BASELINE = BaselineSettings(prior_s=3600)
EMOTIONS = ("joy", "neutral", "anger", "joy", "sadness", "fear")


def talk(emotions=EMOTIONS):
    speakers = ("anna", "ben", "cleo")
    said = tuple(Utterance(str(i), i, speakers[i % 3], "", float(i), i + 1.0) for i in range(len(EMOTIONS)))
    return Conversation("talk", said, emotions)


@pytest.fixture
def pool(tmp_path):
    return evidence_pools.load(write_to(tmp_path), "train")


def write_to(folder):
    write_pool(folder / "pool.npz")
    return folder / "pool.npz"


def cast_of(pool, baseline=NO_BASELINE):
    nothing_known = Normalisation(torch.zeros(7), torch.ones(7))
    return Cast({Modality.AUDIO: pool}, {Modality.AUDIO: nothing_known}, baseline)


def lent(pool, show, emotions=EMOTIONS, **more):
    return cast_of(pool, **more).lend(talk(emotions), lambda *_: show, Random(1))[Modality.AUDIO]


def shown(sensed):
    return [EKMAN_LABELS[index] for index in sensed.features.argmax(-1).tolist()]


def test_what_is_shown_is_what_is_felt_neutral_or_something_else(pool):
    same, neutral, another = (lent(pool, show) for show in (Show.THE_SAME, Show.NEUTRAL, Show.ANOTHER))
    assert shown(same) == list(EMOTIONS)
    assert set(shown(neutral)) == {"neutral"}
    assert not any(said in {felt, "neutral"} for said, felt in zip(shown(another), EMOTIONS, strict=True))
    assert same.present.all()


def test_noise_is_no_clip_and_nothing_is_absent(pool):
    noise, nothing = lent(pool, Show.NOISE), lent(pool, Show.NOTHING)
    assert noise.present.all()
    assert not any(np.allclose(row, clip, atol=1e-2) for row in noise.features.numpy() for clip in pool.features)
    assert not nothing.present.any()
    assert not nothing.features.any()


def test_a_speaker_is_one_person_and_two_speakers_are_two(pool):
    sensed = lent(pool, Show.THE_SAME, ("joy",) * 6)
    of = {row.tobytes(): person for person, clips in pool.clips.items() for row in pool.features[clips[4]]}
    # the first utterance of a speaker has nothing subtracted
    people = [of[row.tobytes()] for row in sensed.features[:3].numpy()]
    assert len(set(people)) == 3


def test_what_a_person_was_like_before_is_subtracted(pool):
    quick = lent(pool, Show.THE_SAME, ("anger",) * 6, baseline=BaselineSettings(prior_s=0.5))
    slow = lent(pool, Show.THE_SAME, ("anger",) * 6)
    assert torch.equal(quick.features[:3], slow.features[:3])
    assert (quick.features[3:, 1] < slow.features[3:, 1] - 1).all()


def test_an_emotion_nobody_shows_and_one_nobody_annotated_are_absent(tmp_path):
    path = write_to(tmp_path)
    with np.load(path) as whole:
        kept = whole["labels"] != "joy"
        np.savez(path, **{name: values[kept] for name, values in whole.items()})
    pool = evidence_pools.load(path, "train")
    assert lent(pool, Show.THE_SAME).present.tolist() == [False, True, True, False, True, True]
    assert not lent(pool, Show.THE_SAME, emotions=None).present.any()


def test_shares_are_kept_to():
    shares, random = Shares(nothing=0.25, neutral=0.2, another=0.1, noise=0.1), Random(0)
    drawn = [shares.draw(random) for _ in range(8000)]
    of_those_there = [show for show in drawn if show is not Show.NOTHING]
    assert drawn.count(Show.NOTHING) / len(drawn) == pytest.approx(0.25, abs=0.02)
    for show, share in ((Show.THE_SAME, 0.6), (Show.NEUTRAL, 0.2), (Show.ANOTHER, 0.1), (Show.NOISE, 0.1)):
        assert of_those_there.count(show) / len(of_those_there) == pytest.approx(share, abs=0.02)
    with pytest.raises(ValidationError, match="together at most 1"):
        Shares(neutral=0.7, another=0.4)


def test_what_to_expect_is_what_is_lent(pool):
    always = Shares(nothing=0, neutral=0, another=0, noise=0)
    (known,) = expected({Modality.AUDIO: pool}, always, [talk(("joy",) * 6)] * 40).values()
    of_joy = np.concatenate([pool.features[clips[4]] for clips in pool.clips.values()])
    assert known.mean.numpy() == pytest.approx(of_joy.mean(0), abs=0.1)
    assert known.scale.numpy() == pytest.approx(of_joy.std(0), abs=0.1)
