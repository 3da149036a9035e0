import json

import numpy as np
import pytest
import torch

from model.encoder_checkpoint import read_card
from model.training.voice import run
from model.training.voice.run import train
from model.training.voice.settings import Fit, VoiceTraining
from model.voice.encoder import CompactVoice
from model.voice.labels import VOICE_LABELS, as_ekman
from model.voice.network import Settings
from tests.sounds import tone, write

PITCHES_HZ = {"ravdess": 120, "emodb": 300}


class Watcher:
    def __init__(self):
        self.dones, self.notes = [], []

    def done(self, what, number, total):
        self.dones.append((what, number, total))

    def note(self, what):
        self.notes.append(what)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    for actor in range(1, 5):
        for emotion in range(1, 9):
            clip(folder / "ravdess", f"03-01-0{emotion}-01-01-01-0{actor}", 80 + 30 * emotion)
    for speaker in ("03", "08"):
        for letter in "WLEAFTN":
            clip(folder / "emodb", f"{speaker}a01{letter}a", 100 + ord(letter))
    return VoiceTraining(
        part="voice",
        ravdess=folder / "ravdess",
        emodb=folder / "emodb",
        results=folder / "results",
        variants=1,
        folds=2,
        seeds=(1, 2),
        threads=1,
        network=Settings(width=8),
        fit=Fit(epochs=3, batch=16),
    )


def clip(folder, name, hz):
    folder.mkdir(exist_ok=True)
    voiced = sum(tone(hz * n, 0.4, level=0.2 / n) for n in (1, 2, 3))
    write(folder / f"{name}.wav", [voiced.astype(np.float32)])


@pytest.fixture(scope="module")
def trained(settings):
    watcher = Watcher()
    return train(settings, watcher), watcher


def test_the_checkpoint_is_the_encoder_its_card_describes(settings, trained):
    card, _ = trained
    voice = CompactVoice.load(settings.results / "checkpoint")
    assert voice.card.weights_sha256 == read_card(settings.results / "checkpoint").weights_sha256
    assert voice.card.model_copy(update={"weights_sha256": ""}) == card
    said = voice.predict(tone(200, 0.5).astype(np.float32))
    assert said.shape == (9,)
    assert np.exp(said).sum() == pytest.approx(1, abs=1e-5)


def test_every_clip_is_judged_by_a_network_that_does_not_know_its_speaker(settings, trained):
    with np.load(settings.results / "pool.npz", allow_pickle=False) as pool:
        features, labels, people, part = (pool[name] for name in ("features", "labels", "people", "part"))
    clips = 4 * 8 + 2 * 6  # boredom is left out
    assert features.shape == (2 * clips, 7)
    assert not {"calm", "boredom"} & set(labels)
    assert (labels[people == "ravdess-01"] == "neutral").sum() == 4
    assert not set(people[part == "dev"]) & set(people[part == "train"])
    assert {name[:5] for name in people[part == "dev"]} == {"ravde", "emodb"}
    np.testing.assert_allclose(features.mean(1), 0, atol=1e-5)


def test_figures_are_the_means_of_all_seeds(settings, trained):
    _, watcher = trained
    figures = json.loads((settings.results / "figures.json").read_text())
    for name in ("ravdess_unweighted_accuracy", "emodb_unweighted_accuracy"):
        assert figures[name]["mean"] == pytest.approx(np.mean(figures[name]["seeds"]))
        assert len(figures[name]["seeds"]) == 2
    assert len(watcher.notes) == 2
    assert figures["people"][-1] == "ravdess-04"


def test_what_was_heard_once_is_not_heard_again(settings, trained):
    before = (settings.results / "checkpoint" / "model.safetensors").read_bytes()
    watcher = Watcher()
    train(settings, watcher)
    assert not [what for what, *_ in watcher.dones if what.startswith("listening")]
    assert (settings.results / "checkpoint" / "model.safetensors").read_bytes() == before


def test_folds_part_people_and_have_some_of_every_set():
    people = np.array([f"{name}-{number:02}" for name in ("emodb", "ravdess") for number in range(10)] * 2)
    folds = run._folds(people, 5, 1)
    assert all(len({int(fold) for fold in folds[people == person]}) == 1 for person in people)
    for fold in range(5):
        assert sorted(name[0] for name in set(people[(folds == fold).numpy()])) == ["e", "e", "r", "r"]


def test_calm_is_neutral_and_boredom_is_left_out():
    logits = torch.zeros(9)
    logits[VOICE_LABELS.index("calm")] = logits[VOICE_LABELS.index("boredom")] = 50.0
    said = as_ekman(logits).softmax(-1)
    assert said[0] == pytest.approx(1.0)
    assert as_ekman(logits).mean() == pytest.approx(0, abs=1e-5)
