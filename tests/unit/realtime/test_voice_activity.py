"""The voice activity network, written out."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from realtime.voice_activity import WINDOW, SpeechProbability, VoiceActivity

RENAMED = {"stft_conv.weight": "stft.forward_basis_buffer"} | {
    f"final_conv.{kind}": f"decoder.decoder.2.{kind}" for kind in ("weight", "bias")
}
RENAMED |= {f"conv{i + 1}.{kind}": f"encoder.{i}.reparam_conv.{kind}" for i in range(4) for kind in ("weight", "bias")}
RENAMED |= {f"lstm_cell.{kind}": f"decoder.rnn.{kind}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}


@pytest.fixture(scope="module")
def network():
    return VoiceActivity.load()


@pytest.fixture(scope="module")
def windows():
    """(20, 3, 512): three channels of noise that comes and goes."""
    rng = np.random.default_rng(0)
    loud = np.linspace(0, 1, 20)[:, None, None] * np.array([0.0, 0.1, 0.5])[None, :, None]
    return torch.from_numpy((loud * rng.standard_normal((20, 3, WINDOW))).astype(np.float32))


def test_it_computes_what_the_published_program_computes(windows):
    """With the weights of the wheel's TorchScript file, which are not those of its safetensors file."""
    folder = Path(importlib.util.find_spec("silero_vad").origin).parent / "data"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        published = torch.jit.load(folder / "silero_vad.jit")
    weights = published.state_dict()
    network = VoiceActivity()
    network.load_state_dict({ours: weights[f"_model.{theirs}"] for ours, theirs in RENAMED.items()})
    heard = SpeechProbability(1, network.eval())
    for window in windows[:, 2:]:
        assert heard(window) == pytest.approx([published(window, 16_000).item()], abs=1e-6)


def test_channels_do_not_hear_each_other(network, windows):
    together = SpeechProbability(3, network)
    alone = [SpeechProbability(1, network) for _ in range(3)]
    for window in windows:
        each = [heard(window[[channel]])[0] for channel, heard in enumerate(alone)]
        assert together(window) == pytest.approx(each, abs=1e-6)


def test_a_forgotten_channel_begins_afresh_and_the_others_go_on(network, windows):
    heard, undisturbed = SpeechProbability(3, network), SpeechProbability(3, network)
    for window in windows:
        heard(window)
        undisturbed(window)
    heard.forget(1)
    now = heard(windows[0])
    assert now[1] == pytest.approx(SpeechProbability(3, network)(windows[0])[1], abs=1e-6)
    assert [now[0], now[2]] == pytest.approx(undisturbed(windows[0])[::2], abs=1e-6)
