"""Large voice encoders: what is read of a checkpoint, and which ones are refused with what to do."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForAudioClassification, BertConfig

from model.emotions import EKMAN_LABELS
from model.errors import CheckpointError, PartMissingError, SettingsError, SkippableError
from model.label_names import LEAST, bounded
from model.voice.audio_classifier import AudioClassifier
from realtime.recognition import weights
from realtime.voice_encoders.transformers import KEPT_S, Settings, create
from tests.tiny_voices import SUPERB, emotion_folder

RATE_HZ = 16_000
SEVEN = {"angry": 0.3, "disgust": 0.1, "fear": 0.1, "happy": 0.2, "neutral": 0.1, "sad": 0.1, "surprise": 0.1}


@pytest.fixture
def sound():
    return (0.1 * np.random.default_rng(2).standard_normal(RATE_HZ)).astype(np.float32)


def opened(folder, **settings):
    encoder = create(Settings(model=str(folder), device="cpu", **settings))
    encoder.open()
    return encoder


def read(encoder, sound):
    course = encoder.begin(0.0)
    course.push(sound)
    return course.between(0.0, len(sound) / RATE_HZ)


def by_label(logits):
    shifted = np.exp(logits - logits.max())
    return dict(zip(EKMAN_LABELS, shifted / shifted.sum(), strict=True))


def older(name):
    """What torch called the two parts of a normalised weight when the SUPERB networks were published."""
    names = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    return next((name.replace(new, old) for new, old in names.items() if new in name), name)


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm", "data2vec"])
def test_every_kind_is_heard_as_the_library_hears_it(kind, tmp_path, sound):
    folder = emotion_folder(tmp_path, kind, SEVEN)
    reading = read(opened(folder), sound)
    network = AutoModelForAudioClassification.from_pretrained(folder).eval()
    normalised = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    with torch.inference_mode():
        expected = network(torch.from_numpy(normalised)[None]).logits[0].softmax(-1).numpy()
    names = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
    assert by_label(reading.logits) == pytest.approx(dict(zip(names, expected, strict=True)), abs=1e-3)


def test_labels_that_a_network_lacks_get_the_least(tmp_path, sound):
    reading = read(opened(emotion_folder(tmp_path, says=SUPERB, listens=False)), sound)
    said = by_label(reading.logits)
    assert max(said, key=said.get) == "anger"
    assert said["anger"] / said["joy"] == pytest.approx(3.0, rel=1e-4)
    for label in ("disgust", "fear", "surprise"):
        assert said[label] / said["anger"] == pytest.approx(0.01 / 0.6, rel=1e-4)


def test_calm_is_neutral_and_what_has_no_place_is_left_out(tmp_path, sound):
    says = {"calm": 0.2, **{name: share * 0.5 for name, share in SEVEN.items()}, "contempt": 0.3}
    said = by_label(read(opened(emotion_folder(tmp_path, says=says, listens=False)), sound).logits)
    assert said["neutral"] == pytest.approx(0.25 / 0.7, abs=1e-4)


def test_no_label_falls_below_the_least():
    shares = bounded(np.array([40.0, 0, 0, 0, 0, 0, 0], np.float32))
    assert shares[0] - shares[1] == pytest.approx(-LEAST, abs=1e-5)
    assert np.isfinite(shares).all()


def test_no_more_than_the_newest_thirty_seconds_are_kept(tmp_path):
    encoder = opened(emotion_folder(tmp_path))
    old, new = np.full(RATE_HZ, 1.0, np.float32), np.zeros(RATE_HZ, np.float32)
    course = encoder.begin(10.0)
    for piece in [old, *[new] * KEPT_S]:
        course.push(piece)
    assert course._kept == KEPT_S * RATE_HZ
    assert course.between(10.0, 11.0).clipped_share == 0.0
    course.push(np.concatenate([new] * KEPT_S + [old]))
    assert course._kept == KEPT_S * RATE_HZ
    end_s = 10.0 + 1 + KEPT_S + KEPT_S + 1
    assert course.between(end_s - 1.0, end_s).clipped_share == 1.0
    assert course.between(end_s - 2.0, end_s - 1.0).clipped_share == 0.0


def test_what_it_was_given_may_be_written_over(tmp_path, sound):
    encoder = opened(emotion_folder(tmp_path))
    course, buffer = encoder.begin(0.0), sound.copy()
    course.push(buffer)
    buffer.fill(0.0)
    assert np.array_equal(course.between(0.0, 1.0).logits, read(encoder, sound).logits)


@pytest.mark.parametrize(
    "settings, problem",
    [
        ({"says": {"arousal": 0.3, "dominance": 0.3, "valence": 0.4}}, "estimates dimensions .arousal, dominance, val"),
        ({"says": SUPERB, "problem_type": "regression"}, "estimates dimensions"),
        ({"says": {"LABEL_0": 0.5, "LABEL_1": 0.5}}, "the label 'LABEL_0' is none that is known"),
        ({"says": {"female": 0.5, "male": 0.5}}, "the label 'female' is none that is known"),
        ({"says": {"neu": 0.5, "ang": 0.5}}, "these labels say nothing of"),
        ({"says": {"ang": 0.2, "hap": 0.2, "sad": 0.2, "fear": 0.4}}, "knows no neutral voice"),
        ({"kind": "ctc"}, r"lacks \d+ parameters of a network that classifies sound, such as classifier"),
        ({"rate_hz": 8_000}, "hears sound of 8000 Hz, not of 16000"),
        ({"broken": True}, "cannot hear 2.0 s of noise .*no number"),
    ],
)
def test_checkpoints_that_tell_no_emotions_apart_are_refused(tmp_path, settings, problem):
    with pytest.raises(CheckpointError, match=problem) as refused:
        opened(emotion_folder(tmp_path, **settings))
    assert refused.value.remedy.startswith(("Choose", "Give voice_encoder.model another path"))


def test_a_network_that_does_not_hear_is_refused(tmp_path):
    BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="a model of kind 'bert', not one that hears"):
        opened(tmp_path)


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "ser", "auto_map": {"AutoConfig": "own.Config"}}))
    (tmp_path / "own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(CheckpointError, match="cannot be loaded as a voice encoder"):
        opened(tmp_path)


@pytest.mark.parametrize("spoilt", ["config.json", "preprocessor_config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"\x80no such thing"])
def test_damaged_files_are_refused_with_what_to_do(tmp_path, monkeypatch, spoilt, content):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    folder = emotion_folder(tmp_path / "hubert-large-superb-er")
    (folder / spoilt).unlink() if content is None else (folder / spoilt).write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be loaded as a voice encoder") as refused:
        opened("hubert-large-superb-er")
    again = "undertone models remove hubert-large-superb-er && undertone models fetch hubert-large-superb-er"
    assert refused.value.remedy == f"Get it again: {again}"


def test_older_weights_are_read_as_well_but_nothing_in_them_is_run(tmp_path, sound):
    folder = emotion_folder(tmp_path)
    expected = read(opened(folder), sound).logits
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save({older(name): tensor for name, tensor in tensors.items()}, folder / "pytorch_model.bin")
    assert np.array_equal(read(opened(folder), sound).logits, expected)
    torch.save({**tensors, "classifier.bias": Path("/")}, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="cannot be loaded as a voice encoder"):
        opened(folder)


def test_weights_of_another_shape_are_refused(tmp_path):
    folder = emotion_folder(tmp_path)
    tensors = load_file(folder / "model.safetensors")
    tensors["classifier.weight"] = torch.zeros(9, 8)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match="cannot be loaded as a voice encoder"):
        opened(folder)


def test_what_becomes_no_number_later_is_left_out(tmp_path, sound):
    encoder = opened(emotion_folder(tmp_path))
    encoder._classifier._model.classifier.bias.data.fill_(torch.inf)
    with pytest.raises(SkippableError, match="no number"):
        read(encoder, sound)


@pytest.mark.parametrize(
    "model, remedy",
    [
        ("wav2vec2-base-superb-er", "Get them: undertone models fetch wav2vec2-base-superb-er"),
        ("superb/wav2vec2-base-superb-er", "Get them: undertone models fetch wav2vec2-base-superb-er"),
        ("somebody/voice", "Get them from the Hugging Face Hub: hf download somebody/voice"),
        ("voice", "Give voice_encoder.model a path, or one of: wav2vec2-base-superb-er, hubert-large-superb-er, "),
        ("./no/folder", "Correct the path in voice_encoder.model, or give it a name"),
    ],
)
def test_weights_that_are_not_here_are_named_with_the_line_that_gets_them(model, remedy, tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(PartMissingError, match="voice encoder transformers: ") as refused:
        create(Settings(model=model))
    assert refused.value.remedy.startswith(remedy)


def test_fetched_weights_are_found_by_both_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    emotion_folder(tmp_path / "emotion-whisper-large-v3")
    for model in ("emotion-whisper-large-v3", "firdhokk/speech-emotion-recognition-with-openai-whisper-large-v3"):
        assert create(Settings(model=model))._folder == tmp_path / "emotion-whisper-large-v3"


def test_a_gpu_that_is_not_there_is_refused(tmp_path):
    encoder = create(Settings(model=str(emotion_folder(tmp_path)), device=f"cuda:{torch.cuda.device_count()}"))
    with pytest.raises(SettingsError, match=r"GPUs here.*Set voice_encoder.device: auto"):
        encoder.open()


@pytest.mark.gpu
def test_a_gpu_hears_what_a_processor_hears(tmp_path, sound):
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    folder = emotion_folder(tmp_path)
    classifier = AudioClassifier.load(folder, torch.device("cuda"), "")
    np.testing.assert_allclose(classifier.read(sound), read(opened(folder), sound).logits, atol=1e-3)
