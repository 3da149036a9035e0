"""The network of silero-vad, written out: how likely it is that somebody speaks, for many channels in one call.

Architecture and weights: https://github.com/snakers4/silero-vad (MIT), at 16 kHz. The weights are read from
`silero_vad_16k.safetensors` inside the silero-vad wheel, in some 10 ms, without importing that package: the import sets
torch's thread count for the whole process, and the TorchScript file takes ten times as long.
"""

import importlib.util
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from model.errors import PartMissingError

WINDOW = 512
"""Samples per window: 32 ms at 16 kHz, the only length the network was trained on."""

_CONTEXT = 64  # samples of the window before, repeated in front
_STATE = 128
_FFT = 256
_BINS = _FFT // 2 + 1


class VoiceActivity(nn.Module):
    """Short-time spectrum, four convolutions and an LSTM over windows of C channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 2 * _BINS, _FFT, stride=_FFT // 2, bias=False)
        self.conv1 = nn.Conv1d(_BINS, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, _STATE, 3, padding=1)
        self.lstm_cell = nn.LSTMCell(_STATE, _STATE)
        self.final_conv = nn.Conv1d(_STATE, 1, 1)

    @classmethod
    def load(cls) -> "VoiceActivity":
        """The network with the weights of the installed wheel.

        Raises:
            PartMissingError: silero-vad is not installed, or its wheel has no such weights.
        """
        package = importlib.util.find_spec("silero_vad")
        weights = (
            Path(package.origin).parent / "data/silero_vad_16k.safetensors" if package and package.origin else None
        )
        if weights is None or not weights.is_file():
            raise PartMissingError(
                "segmenter silero needs the Python package 'silero-vad'", "Install it: pip install 'silero-vad>=6.2,<7'"
            )
        network = cls()
        network.load_state_dict(load_file(weights))
        return network.eval().requires_grad_(requires_grad=False)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Probabilities (C,) and the next state.

        Args:
            x: (C, 64 + 512) samples in [-1, 1]: the end of the window before, and the window.
            state: Hidden and cell state, (C, 128) each.
        """
        x = F.pad(x, (0, _CONTEXT), mode="reflect").unsqueeze(1)  # (C, 1, 640)
        real, imaginary = self.stft_conv(x).split(_BINS, dim=1)  # (C, 129, 4) each
        x = (real.square() + imaginary.square()).sqrt()
        x = self.conv2(self.conv1(x).relu()).relu()  # (C, 64, 2)
        x = self.conv4(self.conv3(x).relu()).relu().squeeze(-1)  # (C, 128)
        hidden, cell = self.lstm_cell(x, state)
        probability = self.final_conv(hidden.relu().unsqueeze(-1)).sigmoid()  # (C, 1, 1)
        return probability.flatten(), (hidden, cell)


class SpeechProbability:
    """The network with one memory per channel.

    Args:
        channels: How many channels, C.
        network: The loaded network.
    """

    def __init__(self, channels: int, network: VoiceActivity) -> None:
        self._network = network
        self._context = torch.zeros(channels, _CONTEXT)
        self._hidden = torch.zeros(channels, _STATE)
        self._cell = torch.zeros(channels, _STATE)

    @torch.inference_mode()
    def __call__(self, window: Tensor) -> list[float]:
        """How likely speech is in each channel of a (C, 512) window that follows the one before."""
        x = torch.cat((self._context, window), dim=1)
        probability, (self._hidden, self._cell) = self._network(x, (self._hidden, self._cell))
        self._context = window[:, -_CONTEXT:].clone()
        return [float(value) for value in probability]

    @torch.inference_mode()
    def forget(self, channel: int) -> None:
        """Begin afresh in a channel: the memory drifts in endless streams."""
        for memory in (self._context, self._hidden, self._cell):
            memory[channel] = 0.0
