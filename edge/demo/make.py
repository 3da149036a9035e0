"""The command that voices the demo's script: `python -m edge.demo.make`.

It needs the speech synthesiser `flite` and its four 16 kHz voices. The script's text goes in, and `conversation.flac`
(one channel per speaker) and `timing.jsonl` come out, the same samples on every run.
"""

import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from numpy.typing import NDArray

from edge.demo.script import RECORDING_PATH, LineTiming, read_script, write_timing
from model.errors import PartMissingError, UsageError

SAMPLE_RATE_HZ = 16_000
"""What the recognisers hear and what flite's better voices speak."""

CHANNEL_LAYOUT = "quad"
"""The layout FLAC knows for four channels; the names of its positions mean nothing here."""

VOICE_GAINS_DB = {"slt": -6.0, "rms": 0.0, "awb": -2.0, "kal16": 4.0}
"""The voices differ by 13 dB as they come; these leave 2 dB between them, as between people at one table."""

ROOM_NOISE_DBFS = -80.0
"""The noise under every channel: no detector should meet digital silence, which no room has."""

ROOM_NOISE_CORNER_HZ = 200.0
"""Room noise falls by 6 dB an octave above this, and such noise packs well."""

ROOM_NOISE_SEED = 20

SPEECH_FLOOR_DB = -40.0
"""A 10 ms frame this far under the loudest frame of its line counts as silence around the speech."""

FRAME_SAMPLES = SAMPLE_RATE_HZ // 100

TAIL_S = 1.5
"""Silence after the last line: longer than any endpoint wait."""

FLITE_REMEDY = "Run `apt-get install -y flite`, then the same command again"

Samples = NDArray[np.float64]


class Line(Protocol):
    """What is to be voiced: a line of the demo's script, or of any other."""

    @property
    def id(self) -> int:
        """Unique among the lines."""

    @property
    def channel(self) -> int:
        """Channel it is spoken on, from 0."""

    @property
    def voice(self) -> str:
        """The flite voice that speaks it."""

    @property
    def text(self) -> str:
        """The words; without any, the line is silent."""

    @property
    def pause_s(self) -> float:
        """Silence before it, in seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The voiced script.

    Attributes:
        samples: 16-bit samples of shape (channels, samples) at `SAMPLE_RATE_HZ`.
        places: Where each line's speech lies.
    """

    samples: NDArray[np.int16]
    places: tuple[LineTiming, ...]


def make_recording(lines: Sequence[Line]) -> Recording:
    """Voice every line and lay the lines out in time, each on its speaker's channel.

    Args:
        lines: At least one, in spoken order.

    Returns:
        The recording and the place of each line in it.

    Raises:
        PartMissingError: flite or one of its voices is not installed.
    """
    spoken = [speak(line) for line in lines]
    starts = _lay_out(lines, spoken)
    length = starts[-1] + spoken[-1].size + round(TAIL_S * SAMPLE_RATE_HZ)
    mix = _make_room_noise((max(line.channel for line in lines) + 1, length))
    for line, samples, start in zip(lines, spoken, starts, strict=True):
        mix[line.channel, start : start + samples.size] += samples
    places = (
        LineTiming(line.id, start / SAMPLE_RATE_HZ, (start + samples.size) / SAMPLE_RATE_HZ)
        for line, samples, start in zip(lines, spoken, starts, strict=True)
    )
    return Recording(np.clip(np.round(mix * 32_768), -32_768, 32_767).astype(np.int16), tuple(places))


def speak(line: Line) -> Samples:
    """Voice one line.

    Args:
        line: What to say and in which voice.

    Returns:
        Samples in -1..1 at `SAMPLE_RATE_HZ`, shape (samples,), without the silence that flite puts around speech.

    Raises:
        PartMissingError: flite or the voice is not installed.
    """
    if not line.text:
        return np.zeros(0)  # flite would breathe
    gain = 10 ** (VOICE_GAINS_DB[line.voice] / 20)
    return _trim_silence(_run_flite(line.voice, line.text)) * gain


def write_flac(samples: NDArray[np.int16], path: Path) -> None:
    """Write a four-channel FLAC file.

    Args:
        samples: 16-bit samples of shape (4, samples) at `SAMPLE_RATE_HZ`.
        path: Where to write.
    """
    interleaved = np.ascontiguousarray(samples.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=CHANNEL_LAYOUT)
    frame.sample_rate = SAMPLE_RATE_HZ
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE_HZ)
        stream.layout = CHANNEL_LAYOUT
        stream.format = "s16"
        stream.options = {"compression_level": "8"}
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _run_flite(voice: str, text: str) -> Samples:
    flite = shutil.which("flite")
    if flite is None:
        raise PartMissingError("The speech synthesiser flite is not installed", FLITE_REMEDY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "line.wav")
        # The program is looked up above, and no shell reads the text.
        result = subprocess.run(  # noqa: S603
            [flite, "-voice", voice, "-t", text, "-o", str(path)], capture_output=True, text=True, check=False
        )
        if result.returncode or not path.exists():
            raise PartMissingError(f"flite cannot speak with its voice '{voice}'", FLITE_REMEDY)
        return _read_wav(path)


def _read_wav(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        if file.getframerate() != SAMPLE_RATE_HZ:
            raise PartMissingError(f"flite speaks at {file.getframerate()} Hz instead of 16 kHz", FLITE_REMEDY)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16) / 32_768


def _trim_silence(samples: Samples) -> Samples:
    count = samples.size // FRAME_SAMPLES
    frames = samples[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (SPEECH_FLOOR_DB / 10))
    return samples[loud[0] * FRAME_SAMPLES : (loud[-1] + 1) * FRAME_SAMPLES]


def _lay_out(lines: Sequence[Line], spoken: Sequence[Samples]) -> list[int]:
    starts, end = [], 0
    for line, samples in zip(lines, spoken, strict=True):
        starts.append(end + round(line.pause_s * SAMPLE_RATE_HZ))
        end = starts[-1] + samples.size
    return starts


def _make_room_noise(shape: tuple[int, int]) -> Samples:
    white = np.random.default_rng(ROOM_NOISE_SEED).normal(size=shape)
    frequencies_hz = np.fft.rfftfreq(shape[1], 1 / SAMPLE_RATE_HZ)
    shaped = np.fft.irfft(np.fft.rfft(white) / np.hypot(1.0, frequencies_hz / ROOM_NOISE_CORNER_HZ), shape[1])
    noise: Samples = shaped * (10 ** (ROOM_NOISE_DBFS / 20) / shaped.std())
    return noise


def main() -> None:
    """Voice the script and write the recording and its timing beside it; exit with 2 where flite is missing."""
    try:
        recording = make_recording(read_script())
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    write_flac(recording.samples, RECORDING_PATH)
    write_timing(recording.places)
    seconds = recording.samples.shape[1] / SAMPLE_RATE_HZ
    sys.stdout.write(
        f"{RECORDING_PATH}: {len(recording.places)} lines, {seconds:.1f} s, {RECORDING_PATH.stat().st_size:,} bytes\n"
    )


if __name__ == "__main__":
    main()
