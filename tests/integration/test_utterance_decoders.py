"""The real loading and decoding code of every batch recogniser, on tiny checkpoints."""

import importlib
import re
import shutil

import numpy as np
import pytest

from model.errors import CheckpointError, SettingsError
from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.gates import Evidence, GateSettings, Rejection, rejection
from realtime.recognition.utterance_decoder import VoidError
from tests import tiny_recognisers
from tests.sounds import tone

LENGTH_S = 2.0
WHISPERS = {
    "whisper": tiny_recognisers.whisper_file,
    "transformers": tiny_recognisers.transformers_whisper,
    "faster_whisper": tiny_recognisers.faster_whisper_folder,
}
OTHERS = {
    "moonshine": ("transformers", tiny_recognisers.moonshine_folder),
    "wav2vec2": ("transformers", tiny_recognisers.wav2vec2_folder),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Checkpoints by what they are, built when first asked for."""
    folder = tmp_path_factory.mktemp("recognisers")
    there = {}

    def build(make, **how):
        key = (make.__name__, *sorted(how.items()))
        if key not in there:
            there[key] = make(folder / f"{len(there)}.pt", **how)
        return there[key]

    return build


@pytest.fixture(scope="module")
def loaded(built):
    """Decoders by their part and what their checkpoint is."""
    there = {}

    def give(part, make, **how):
        key = (part, make.__name__, *sorted(how.items()))
        if key not in there:
            there[key] = load(part, built(make, **how))
        return there[key]

    return give


def load(part, path, **settings):
    defaults = {"threads": 1, "device": "cpu", "language": "en", "beams": 1, "temperatures": [0.0]}
    about = {"part": part, "path": str(path), "model": "tiny", "compute_type": "default", "gates": {}}
    module = importlib.import_module(f"realtime.recognition.{part}_decoder")
    return module.load(defaults | about | settings)


def decode(decoder, samples=None, is_void=lambda: False):
    return decoder.decode(noise() if samples is None else samples, is_void)


def noise(length_s=LENGTH_S):
    return np.random.default_rng(0).normal(0.0, 0.1, int(length_s * SAMPLE_RATE_HZ)).astype(np.float32)


def hum():
    return tone(50.0, LENGTH_S) + tone(100.0, LENGTH_S, level=0.1)


def music():
    """A melody of plucked chords."""
    notes = []
    for root_hz in (220.0, 246.9, 261.6, 329.6):
        chord = sum(tone(root_hz * ratio, LENGTH_S / 4, level=0.1) for ratio in (1.0, 1.25, 1.5, 2.0))
        notes.append(chord * np.exp(-np.linspace(0.0, 4.0, chord.size)))
    return np.concatenate(notes).astype(np.float32)


SOUNDS = {
    "music": music,
    "noise": noise,
    "hum": hum,
    "silence": lambda: np.zeros(int(LENGTH_S * SAMPLE_RATE_HZ), np.float32),
}


def judged(stretch, **gates):
    evidence = Evidence(stretch.text, LENGTH_S, stretch.mean_log_probability, stretch.no_speech_probability)
    return rejection(evidence, GateSettings(**gates))


@pytest.mark.parametrize("part", WHISPERS)
def test_a_whisper_says_what_when_and_how_surely(loaded, part):
    found = decode(loaded(part, WHISPERS[part]))
    assert found.text == tiny_recognisers.SCRIPT.strip()
    assert found.language == "en"
    assert -0.05 < found.mean_log_probability < 0.0
    assert found.no_speech_probability < 0.01
    if part == "transformers":
        assert found.words == ()
    else:
        assert [word for word, *_ in found.words] == ["We", "won,", "at", "last."]
        times = [time for _, start_s, end_s, _ in found.words for time in (start_s, end_s)]
        assert times == sorted(times)
        assert 0.0 <= times[0] <= times[-1] <= LENGTH_S
        assert all(sure > 0.9 for *_, sure in found.words)


@pytest.mark.parametrize("part", WHISPERS)
def test_a_whisper_for_many_languages_finds_out_which_unless_told(built, part):
    path = built(WHISPERS[part], language="de")
    assert decode(load(part, path, language=None)).language == "de"
    assert decode(load(part, path, language="fr")).language == "fr"


def test_words_are_aligned_by_the_published_heads_where_the_name_is_known_and_fits(tmp_path):
    path = tiny_recognisers.whisper_file(tmp_path / "whisper-base.en.pt")
    assert len(decode(load("whisper", path)).words) == 4


@pytest.mark.parametrize("part", WHISPERS)
def test_a_language_that_the_model_does_not_know_is_refused(built, part):
    with pytest.raises(SettingsError, match=r"'fr'.*Set transcriber\.language: en"):
        load(part, built(WHISPERS[part]), language="fr")
    with pytest.raises(SettingsError, match="'xx'"):
        load(part, built(WHISPERS[part], language="de"), language="xx")


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("part", WHISPERS)
def test_nothing_is_believed_of_a_whisper_that_talks_where_nobody_speaks(loaded, part, sound):
    samples = SOUNDS[sound]()
    silent = loaded(part, WHISPERS[part], silent=True, rivals=4, sure=6.0, script=" Thanks for watching!")
    found = decode(silent, samples)
    assert found.text == "Thanks for watching!"
    assert -1.5 < found.mean_log_probability < -1.0
    assert found.no_speech_probability > 0.9
    assert judged(found) is Rejection.NO_SPEECH
    guessing = loaded(part, WHISPERS[part], sure=0.3)
    found = decode(guessing, samples)
    assert found.text
    assert found.mean_log_probability < -1.5
    assert judged(found) is Rejection.IMPROBABLE
    looping = loaded(part, WHISPERS[part], script=" you" * 8)
    assert judged(decode(looping, samples), most_characters_per_s=None) is Rejection.REPEATED
    breathing = loaded(part, WHISPERS[part], script=" ...")
    assert judged(decode(breathing, samples)) is Rejection.NO_WORDS


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("kind", OTHERS)
def test_nothing_is_believed_of_other_checkpoints_that_guess(loaded, kind, sound):
    part, make = OTHERS[kind]
    how = {"sure": 0.1} if kind == "moonshine" else {}
    found = decode(loaded(part, make, **how), SOUNDS[sound]())
    assert found.mean_log_probability < -1.5
    assert not found.text or judged(found) is Rejection.IMPROBABLE


def test_moonshine_writes_without_times_and_stops_in_time(loaded):
    decoder = loaded("transformers", tiny_recognisers.moonshine_folder)
    found = decode(decoder)
    assert (found.text, found.words, found.language) == ("we", (), "en")
    assert found.mean_log_probability > -0.1
    endless = loaded("transformers", tiny_recognisers.moonshine_folder, script="\u2581a\u2581")
    assert len(decode(endless).text) <= 1 + 6.5 * LENGTH_S


def test_ctc_letters_become_timed_words_in_small_letters(loaded):
    found = decode(loaded("transformers", tiny_recognisers.wav2vec2_folder))
    assert found.text == " ".join(word for word, *_ in found.words)
    assert found.text == found.text.lower()
    times = [time for _, start_s, end_s, _ in found.words for time in (start_s, end_s)]
    assert times == sorted(times)
    assert times[-1] <= LENGTH_S + 0.02
    assert all(0.0 < sure < 1.0 for *_, sure in found.words)
    assert judged(found) is Rejection.IMPROBABLE


@pytest.mark.parametrize("kind", OTHERS)
def test_checkpoints_of_one_language_must_be_told_it(built, kind):
    part, make = OTHERS[kind]
    with pytest.raises(SettingsError, match="Say it"):
        load(part, built(make), language=None)


@pytest.mark.parametrize("part", ["whisper", "transformers"])
def test_a_void_take_is_given_up_before_its_next_token_and_leaves_the_model_as_it_was(loaded, part):
    decoder = loaded(part, WHISPERS[part])
    asked = iter([False, False, True])
    with pytest.raises(VoidError):
        decode(decoder, is_void=lambda: next(asked))
    assert decode(decoder).text == tiny_recognisers.SCRIPT.strip()


@pytest.mark.parametrize("part", [*WHISPERS, *OTHERS])
def test_the_shortest_sound_and_the_longest_are_taken(loaded, part):
    part, make = OTHERS.get(part, (part, WHISPERS.get(part)))
    decoder = loaded(part, make)
    for length_s in (0.1, decoder.longest_s):
        for _, start_s, end_s, _ in decode(decoder, noise(length_s)).words:
            assert 0.0 <= start_s <= end_s <= length_s + 0.02


def test_higher_temperatures_are_tried_only_where_the_text_is_doubtful(built):
    sure = load("whisper", built(tiny_recognisers.whisper_file), temperatures=[0.0, 1.0])
    assert decode(sure).text == tiny_recognisers.SCRIPT.strip()
    guessing = load("whisper", built(tiny_recognisers.whisper_file, sure=0.3), temperatures=[0.0, 1.0])
    assert decode(guessing).text != tiny_recognisers.SCRIPT.strip()


@pytest.mark.parametrize("part", WHISPERS)
def test_several_texts_may_be_followed_at_once(built, part):
    assert decode(load(part, built(WHISPERS[part]), beams=2)).text == tiny_recognisers.SCRIPT.strip()


@pytest.mark.parametrize("part", WHISPERS)
def test_broken_weights_are_named_with_what_to_do(built, part, tmp_path, monkeypatch):
    source, path = built(WHISPERS[part]), tmp_path / "whisper-broken.pt"
    (shutil.copytree if source.is_dir() else shutil.copy)(source, path)
    weights = path if path.is_file() else next(file for file in path.iterdir() if file.name.startswith("model."))
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    with pytest.raises(CheckpointError, match=r"whisper-broken\.pt cannot be loaded.*another path"):
        load(part, path)
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    remedy = "undertone models remove whisper-broken && undertone models fetch whisper-broken"
    with pytest.raises(CheckpointError) as refused:
        load(part, path)
    assert remedy in refused.value.remedy


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04"])
def test_a_file_that_is_something_else_is_refused(tmp_path, content):
    path = tmp_path / "some.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load("whisper", path)


def test_checkpoints_for_something_else_or_with_missing_parts_are_refused(built, tmp_path):
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(CheckpointError, match=r"'bert', not one for speech"):
        load("transformers", folder)
    (tmp_path / "empty").mkdir()
    for part in ("transformers", "faster_whisper"):
        with pytest.raises(CheckpointError, match="cannot be loaded"):
            load(part, tmp_path / "empty")
    headless = tmp_path / "headless"
    shutil.copytree(built(tiny_recognisers.wav2vec2_folder), headless)
    from safetensors.torch import load_file, save_file

    weights = load_file(headless / "model.safetensors")
    save_file({name: each for name, each in weights.items() if "lm_head" not in name}, headless / "model.safetensors")
    with pytest.raises(CheckpointError, match="parameters are missing"):
        load("transformers", headless)


def test_ctc_checkpoints_as_they_were_published_years_ago_are_read(built, loaded, tmp_path):
    path = tmp_path / "wav2vec2"
    shutil.copytree(built(tiny_recognisers.wav2vec2_folder), path)
    from safetensors.torch import load_file, save_file

    weights = {
        re.sub(r"parametrizations\.weight\.original(\d)", lambda found: f"weight_{'gv'[int(found[1])]}", name): each
        for name, each in load_file(path / "model.safetensors").items()
    }
    assert weights.pop("wav2vec2.masked_spec_embed") is not None
    assert any(name.endswith("weight_g") for name in weights)
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    assert decode(load("transformers", path)) == decode(loaded("transformers", tiny_recognisers.wav2vec2_folder))


@pytest.mark.parametrize("part", WHISPERS)
def test_a_gpu_that_is_not_there_is_refused(built, part):
    with pytest.raises(SettingsError, match=r"Set transcriber.device: auto"):
        load(part, built(WHISPERS[part]), device="cuda:7")
