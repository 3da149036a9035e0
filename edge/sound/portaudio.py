"""An input device through PortAudio."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.sound.capture import Deliver
from model.errors import PartMissingError, SourceError

_RECORDING = "or play a recording: undertone run FILE"


def load_portaudio(load: Callable[[str], Any] = importlib.import_module) -> Any:  # noqa: ANN401 - has no types
    """The module `sounddevice`, with PortAudio started.

    Raises:
        PartMissingError: sounddevice or the PortAudio library is not installed.
    """
    try:
        return load("sounddevice")
    except ImportError as error:
        raise PartMissingError(
            "the microphone needs the Python package sounddevice", "Install it: pip install sounddevice"
        ) from error
    except OSError as error:
        raise PartMissingError(
            "the microphone needs the PortAudio library", "Install it, as root: apt-get install libportaudio2"
        ) from error


class PortAudioCapture:
    """A running PortAudio stream.

    Args:
        stream: The `sounddevice.InputStream`, started.
        name: The device's name.
    """

    def __init__(self, stream: Any, name: str) -> None:  # noqa: ANN401 - sounddevice has no types
        self._stream = stream
        self.name = name
        self.channels: int = stream.channels

    def close(self) -> None:
        """Stop at once and let the device go."""
        self._stream.close(ignore_errors=True)


class PortAudioDevice:
    """An input device found by PortAudio.

    Args:
        library: The module `sounddevice`, from `load_portaudio`.
        choice: The device's number, a part of its name, or None for the system's default.
        block_s: Length of a block, in seconds.
        latency_s: How much sound the driver may hold, in seconds.
    """

    def __init__(self, library: Any, choice: int | str | None, block_s: float, latency_s: float) -> None:  # noqa: ANN401
        self._choice = choice
        self._block_s = block_s
        self._latency_s = latency_s
        self._library = library
        self._fresh = True

    def open(self, channels: int | None, deliver: Deliver, ended: Callable[[], None]) -> PortAudioCapture:
        """Start capturing at the device's own rate. Raises SourceError when there is no such device, or it refuses."""
        if not self._fresh:  # PortAudio looks for devices only when it starts
            self._library._terminate()  # noqa: SLF001 - sounddevice offers no public way to look again
            self._library._initialize()  # noqa: SLF001
        self._fresh = False
        device = self._found()
        name, most = str(device["name"]), int(device["max_input_channels"])
        if channels is not None and channels > most:
            raise SourceError(f"{channels} channels are needed, {name} has {most}", "Name fewer speakers or channels")
        refusal: Exception | None = None
        for count in [channels] if channels is not None else sorted({1, min(2, most), most}):
            try:
                return PortAudioCapture(self._started(device, count, deliver, ended), name)
            except self._library.PortAudioError as error:
                refusal = error
        raise SourceError(
            f"{name} cannot be opened: {_reason(refusal)}", "Close the program that uses it, or choose another device"
        ) from refusal

    def _started(self, device: Mapping[str, Any], channels: int, deliver: Deliver, ended: Callable[[], None]) -> Any:  # noqa: ANN401 - sounddevice has no types
        rate_hz = round(device["default_samplerate"])

        def callback(block: NDArray[np.float32], _frames: int, _times: object, status: Any) -> None:  # noqa: ANN401
            deliver(block.T.copy(), rate_hz, bool(status.input_overflow))

        stream = self._library.InputStream(
            samplerate=rate_hz,
            blocksize=max(1, round(self._block_s * rate_hz)),
            device=device["index"],
            channels=channels,
            dtype="float32",
            latency=self._latency_s,
            callback=callback,
            finished_callback=ended,
        )
        try:
            stream.start()
        except self._library.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        return stream

    def _found(self) -> Mapping[str, Any]:
        inputs = [device for device in self._library.query_devices() if device["max_input_channels"] > 0]
        if not inputs:
            raise SourceError("there is no microphone: PortAudio finds no input device", f"Connect one, {_RECORDING}")
        try:
            device: Mapping[str, Any] = self._library.query_devices(self._choice, "input")
        except (ValueError, self._library.PortAudioError) as error:
            wanted = "a default microphone" if self._choice is None else f"exactly one microphone {self._choice!r}"
            known = "; ".join(f"{device['index']}: {device['name']}" for device in inputs)
            raise SourceError(
                f"there is not {wanted}", f"Set `device` to the number or name of one of: {known}"
            ) from error
        return device


def _reason(error: Exception | None) -> str:
    return str(error.args[0]) if error is not None and error.args else "PortAudio gives no reason"
