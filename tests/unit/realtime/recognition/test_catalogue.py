"""What can be fetched, held against the libraries that read it."""

import pytest

from model.errors import SettingsError
from realtime.recognition.catalogue import (
    LIBRARIES,
    MODELS,
    OneFile,
    Repository,
    find_model,
)


def test_names_are_unique_and_of_a_known_recogniser():
    assert len({model.name for model in MODELS}) == len(MODELS)
    assert {model.part for model in MODELS} == set(LIBRARIES) - {"pocketsphinx"}


def test_files_and_hashes_are_those_of_openai_whisper():
    whisper = pytest.importorskip("whisper")
    files = [model for model in MODELS if isinstance(model.origin, OneFile)]
    assert len(files) == 11
    for model in files:
        assert model.origin.url == whisper._MODELS[model.name.removeprefix("whisper-")]
        assert model.origin.sha256 in model.origin.url


def test_repositories_are_those_of_faster_whisper():
    known = pytest.importorskip("faster_whisper.utils")._MODELS
    for model in MODELS:
        if model.part == "faster_whisper":
            assert isinstance(model.origin, Repository)
            assert model.origin.id == known[model.name.removeprefix("faster-whisper-")]


def test_every_error_rate_names_its_recordings_and_its_source():
    for model in MODELS:
        assert model.error_rates[0].data == "LibriSpeech test-clean"
        for rate in model.error_rates:
            assert 0 < rate.percent < 100
            assert rate.source.startswith("https://")


def test_a_name_that_is_nearly_right_finds_the_right_one():
    with pytest.raises(SettingsError, match=r"no model is called 'Moonshine-bas'\. Did you mean moonshine-base"):
        find_model("Moonshine-bas")
    with pytest.raises(SettingsError, match="See which there are: undertone models"):
        find_model("?")
