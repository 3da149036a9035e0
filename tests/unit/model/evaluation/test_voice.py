import numpy as np
import pytest
import torch

from model import encoder_checkpoint
from model.checkpoint import DataTerms
from model.datasets.clips import read_sound
from model.encoder_checkpoint import EncoderCard
from model.errors import CheckpointError, DataError
from model.evaluation import voice
from model.voice.encoder import CompactVoice
from model.voice.labels import VOICE_LABELS
from model.voice.network import Settings, VoiceNetwork
from tests.sounds import tone, write

CARD = EncoderCard(
    reads="voice",
    what="made up",
    labels=VOICE_LABELS,
    settings={},
    data=(DataTerms(name="none", terms="none"),),
    seed=1,
    figures={},
    training={},
)


def by_level(samples):
    """Bored by everything; but for that, loud is anger and anything else is calm."""
    said = np.full(len(VOICE_LABELS), -9.0, np.float32)
    said[VOICE_LABELS.index("boredom")] = 0
    said[VOICE_LABELS.index("anger" if np.abs(samples).max() > 0.5 else "calm")] = -1
    return said


def folder_of(path, clips):
    path.mkdir(exist_ok=True)
    for name, level in clips.items():
        write(path / f"{name}.wav", [tone(300, 0.1, level=level)])
    return path


def test_only_what_a_set_tells_apart_is_asked_of_the_encoder(tmp_path):
    clips = {
        "03-01-05-01-01-01-21": 0.8,  # angry and loud: right
        "03-01-05-01-01-01-22": 0.1,  # angry and quiet: said to be calm
        "03-01-02-01-01-01-22": 0.1,  # calm and quiet: right
        "03-01-01-01-01-01-22": 0.8,  # neutral and loud: said to be angry
    }
    told = []
    spoken = voice.load(folder_of(tmp_path, clips))
    measured = voice.measure("held out", spoken, by_level, CARD, lambda *done: told.append(done))
    assert (measured.accuracy, measured.unweighted_accuracy) == (2 / 4, (1 / 2 + 1 + 0) / 3)
    assert len(measured.labels) == 8
    assert "boredom" not in measured.per_class
    assert measured.per_class["calm"].recall == 1
    assert (measured.settings.set, measured.settings.people) == ("RAVDESS", 2)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_boredom_counts_where_the_set_has_it(tmp_path):
    spoken = voice.load(folder_of(tmp_path, {"03a01La": 0.1, "03a01Wa": 0.8}))
    measured = voice.measure("german", spoken, by_level, CARD)
    assert (measured.settings.set, len(measured.labels), measured.accuracy) == ("EmoDB", 7, 1 / 2)


@pytest.mark.parametrize(
    "named,learned_from", [({}, None), ({"people": []}, 0), ({"people": ["emodb-03", "ravdess-03"]}, 1)]
)
def test_people_from_whom_it_learned_are_counted(tmp_path, named, learned_from):
    spoken = voice.load(folder_of(tmp_path, {"03a01La": 0.1, "08a01Wa": 0.8}))
    card = CARD.model_copy(update={"figures": named})
    assert voice.measure("german", spoken, by_level, card).settings.learned_from == learned_from


def test_what_belongs_to_no_set_is_told(tmp_path):
    with pytest.raises(DataError, match="is named neither as RAVDESS"):
        voice.load(folder_of(tmp_path, {"hello": 0.1}))
    folder_of(tmp_path, {"03-01-05-01-01-01-21": 0.1})
    with pytest.raises(DataError, match=r"hello\.wav is not named as RAVDESS"):
        voice.load(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        voice.load(tmp_path / "gone")


def test_a_checkpoint_hears_every_clip_as_it_does_elsewhere(tmp_path):
    torch.manual_seed(4)
    sizes = Settings(width=4)
    card = CARD.model_copy(update={"settings": sizes.model_dump()})
    encoder_checkpoint.save(tmp_path / "net", encoder_checkpoint.stored(VoiceNetwork(sizes)), card)
    folder_of(tmp_path / "clips", {"03a01La": 0.1, "03a01Wa": 0.8})
    measured = voice.evaluate(tmp_path / "clips", tmp_path / "net")
    heard = CompactVoice.load(tmp_path / "net")
    for name, row in {"03a01La": "boredom", "03a01Wa": "anger"}.items():
        said = heard.predict(read_sound(tmp_path / "clips" / f"{name}.wav"))
        best = max(measured.labels, key=lambda label: said[VOICE_LABELS.index(label)])
        assert measured.confusion[measured.labels.index(row)][measured.labels.index(best)] == 1
    assert measured.checkpoint.weights_sha256 == heard.card.weights_sha256
    with pytest.raises(CheckpointError, match="cannot be read"):
        voice.evaluate(tmp_path / "clips", tmp_path / "gone")
