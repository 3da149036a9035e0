"""The voice encoder, held to the library whose weights it reads."""

import subprocess
import sys
from importlib import util

import numpy as np
import pytest

from model.errors import PartMissingError
from model.voice import ge2e
from model.voice.mel import at_level, mel_bands, mel_power
from realtime.voices.encoder import WINDOW, VoiceEncoder
from tests.speech import line

# Importing resemblyzer makes warnings of its own (pkg_resources, SciPy's old names): it runs apart.
REFERENCE = """
import sys
import numpy, torch
from resemblyzer.voice_encoder import VoiceEncoder
mel = numpy.load(sys.argv[1])
vectors = VoiceEncoder("cpu", verbose=False)(torch.from_numpy(mel)[None])
numpy.save(sys.argv[2], vectors.detach().numpy()[0])
"""


@pytest.fixture(scope="module")
def network():
    return VoiceEncoder.load()


def test_the_bands_are_librosa_s():
    from librosa import filters

    expected = filters.mel(sr=16_000, n_fft=400, n_mels=40).T
    np.testing.assert_allclose(mel_bands(), expected, atol=1e-8)


def test_the_power_is_that_of_a_padded_fourier_transform():
    sound = np.random.default_rng(0).normal(0.0, 0.1, 4_000).astype(np.float32)
    padded = np.pad(sound, 200)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([padded[start : start + 400] * hann for start in range(0, 4_001, 160)])
    expected = np.abs(np.fft.rfft(frames)) ** 2 @ mel_bands()
    np.testing.assert_allclose(mel_power(sound).numpy(), expected, rtol=1e-4, atol=1e-7)


def test_the_vectors_are_resemblyzer_s(network, tmp_path):
    sound, _ = line(1)
    mel = mel_power(at_level(sound[:WINDOW], -25.0))[: WINDOW // 160].numpy()
    np.save(tmp_path / "mel.npy", mel)
    paths = [str(tmp_path / name) for name in ("mel.npy", "vector.npy")]
    subprocess.run([sys.executable, "-W", "ignore", "-c", REFERENCE, *paths], check=True, timeout=100)
    np.testing.assert_allclose(network.vector(sound[:WINDOW]), np.load(tmp_path / "vector.npy"), atol=1e-5)


def test_loudness_does_not_matter_and_silence_is_no_accident(network):
    sound, _ = line(2)
    loud, quiet = network.vector(sound[:WINDOW]), network.vector(0.01 * sound[:WINDOW])
    np.testing.assert_allclose(loud, quiet, atol=1e-4)
    assert np.isfinite(network.vector(np.zeros(WINDOW, np.float32))).all()


def test_two_lines_of_one_voice_are_more_alike_than_two_voices(network):
    first, same, other = (network.vector(line(number)[0][8_000 : 8_000 + WINDOW]) for number in (1, 3, 4))
    assert first @ same > 0.8
    assert first @ other < 0.7


def test_without_resemblyzer_the_line_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr(ge2e, "find_spec", lambda name: None)
    with pytest.raises(PartMissingError, match="pip install resemblyzer"):
        VoiceEncoder.load()


@pytest.mark.parametrize("content", [b"", b"not weights"])
def test_damaged_weights_are_named_with_what_to_do(content, monkeypatch, tmp_path):
    broken = tmp_path / "pretrained.pt"
    broken.write_bytes(content)
    monkeypatch.setattr(ge2e, "weights_path", lambda: broken)
    with pytest.raises(PartMissingError, match="Install it again"):
        VoiceEncoder.load()
