"""What hears emotions and can be fetched."""

import re

import pytest

from model.emotions import EKMAN_LABELS
from model.errors import SettingsError
from realtime.parts import part_names
from realtime.recognition import weights
from realtime.recognition.catalogue import MODELS, find_model
from realtime.recognition.emotion_models import EMOTION_MODELS, find_weights


def test_names_are_those_of_nothing_else_and_may_be_folders(tmp_path, monkeypatch):
    names = [model.name for model in (*MODELS, *EMOTION_MODELS)]
    assert len(set(names)) == len(names)
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    for model in EMOTION_MODELS:
        (tmp_path / model.stored_as).mkdir()
        assert weights.find(model.name) == tmp_path / model.stored_as


def test_each_is_pinned_to_a_commit_and_read_by_a_part_that_is_there():
    for model in EMOTION_MODELS:
        assert re.fullmatch(r"[0-9a-f]{40}", model.origin.revision)
        assert {"config.json", "preprocessor_config.json"} < set(model.origin.files)
        assert model.part in part_names("realtime.voice_encoders")
        assert model.library.installed


def test_figures_go_together():
    for model in EMOTION_MODELS:
        assert set(model.labels) <= set(EKMAN_LABELS)
        assert model.memory_mb == pytest.approx(model.size_mb, rel=0.02)
        if model.accuracy:
            assert 1 / len(model.labels) < model.accuracy.percent / 100 < 1
            assert model.accuracy.source.startswith("https://")


def test_recognisers_and_voices_are_found_by_one_name_and_refused_with_the_nearest_of_both():
    assert find_weights("moonshine-base") is find_model("moonshine-base")
    assert find_weights("hubert-large-superb-er") in EMOTION_MODELS
    with pytest.raises(SettingsError, match=r"'hubert-large'\. Did you mean hubert-large-superb-er"):
        find_weights("hubert-large")
    with pytest.raises(SettingsError, match="no model is called 'hubert-large-superb-er'"):
        find_model("hubert-large-superb-er")
