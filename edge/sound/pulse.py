"""Sources of sound of PulseAudio or PipeWire, recorded by `parec`: microphones, and what the sound card plays.

PortAudio reaches neither of them well: it knows the one source that the environment names, for the whole process.
"""

import io
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from typing import IO, cast

import numpy as np

from edge.sound.capture import Capture, Deliver
from model.errors import PartMissingError, SourceError
from realtime.events import SAMPLE_RATE_HZ

AUTO = "auto"
"""Setting for `DefaultMonitor`, where the name of a source may stand instead."""

_SAMPLE_BYTES = 4
_CONNECTED = "Connected to device "
_MOVED = "Stream moved to device "
_FAILURES = ("Stream error: ", "Connection failure: ")
_DEFAULT_SINK = "Default Sink: "
_ANSWER_WITHIN_S = 5.0
_GONE_WITHIN_S = 2.0


def require_tools() -> None:
    """Return if the programs that record are there.

    Raises:
        PartMissingError: They are not installed.
    """
    missing = [tool for tool in ("parec", "pactl") if shutil.which(tool) is None]
    if missing:
        raise PartMissingError(
            f"hearing what the sound card plays needs {' and '.join(missing)}",
            "Install them, as root: apt-get install pulseaudio-utils",
        )


class PulseCapture:
    """A running `parec`.

    The server moves a recording whose source is gone to another one: from the headphones that were pulled out to the
    microphone, for instance. That ends this capture, because sound must not come from elsewhere unnoticed.

    Args:
        source: The source's name.
        block_s: Length of a block, in seconds.
        deliver: Takes the blocks: (1, T) at 16 kHz.
        ended: Called when it ends by itself.

    Raises:
        SourceError: There is no sound server, or it has no such source.
    """

    channels = 1

    def __init__(self, source: str, block_s: float, deliver: Deliver, ended: Callable[[], None]) -> None:
        self.name = source
        self._block_bytes = max(1, round(block_s * SAMPLE_RATE_HZ)) * _SAMPLE_BYTES
        self._deliver = deliver
        self._ended = ended
        self._connected = False
        self._settled = threading.Event()
        self._failure = "the sound server does not answer"
        self._program = _Program(*_recording(source, block_s))
        threads = (threading.Thread(target=work, name=f"parec {source}") for work in (self._read, self._watch))
        self._threads = list(threads)
        for thread in self._threads:
            thread.start()
        self._settled.wait(_ANSWER_WITHIN_S)
        if not self._connected:
            self.close()
            raise SourceError(f"{source} cannot be recorded: {self._failure}", _sources_there_are())

    def close(self) -> None:
        """Stop and let the source go. May be called twice."""
        self._program.end()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """End the recording as if the source were gone; from any thread."""
        self._program.terminate()

    def _read(self) -> None:
        """Hand over the sound until there is no more."""
        with self._program.output as sound:
            while len(block := sound.read(self._block_bytes)) == self._block_bytes:
                self._deliver(np.frombuffer(block, "<f4").astype(np.float32)[None], SAMPLE_RATE_HZ, False)  # noqa: FBT003
        self._ended()

    def _watch(self) -> None:
        """Read what it says about itself until it is gone."""
        with self._program.remarks as remarks:
            for line in remarks:
                if line.startswith(_CONNECTED):
                    self._check(line.removeprefix(_CONNECTED).partition(" (")[0])
                elif line.startswith(_MOVED):
                    self._program.terminate()
                elif line.startswith(_FAILURES):
                    self._failure = line.partition(": ")[2].strip()
        self._settled.set()

    def _check(self, source: str) -> None:
        if source == self.name:
            self._connected = True
            self._settled.set()
        else:
            self._failure = f"the sound server took {source} instead"
            self._program.terminate()


class FollowingCapture:
    """A recording of the default output's monitor, which ends when another output becomes the default.

    Args:
        capture: The recording.
    """

    def __init__(self, capture: PulseCapture) -> None:
        self.name = capture.name
        self.channels = capture.channels
        self._capture = capture
        self._program = _Program("pactl", "subscribe")
        self._thread = threading.Thread(target=self._watch, name="pactl subscribe")
        self._thread.start()

    def close(self) -> None:
        """Stop and let the monitor go. May be called twice."""
        self._program.end()
        self._thread.join()
        self._capture.close()

    def _watch(self) -> None:
        with self._program.output as events, self._program.remarks:
            if not self._is_default():  # it became another one before we would be told
                self._capture.stop()
            for event in events:
                if b"on server" in event and not self._is_default():
                    self._capture.stop()
        self._capture.stop()  # nobody would notice another default any more

    def _is_default(self) -> bool:
        try:
            return default_monitor() == self.name
        except SourceError:
            return False


class PulseDevice:
    """A source of the sound server, which can be opened, and again after it was lost.

    Args:
        source: Its name, as `pactl list short sources` says it.
        block_s: Length of a block, in seconds.
    """

    def __init__(self, source: str, block_s: float) -> None:
        self._source = source
        self._block_s = block_s

    def open(self, channels: int | None, deliver: Deliver, ended: Callable[[], None]) -> Capture:
        """Start recording, mixed to one channel at 16 kHz. Raises SourceError when there is no such source."""
        _refuse_several(channels)
        return PulseCapture(self._source, self._block_s, deliver, ended)


class DefaultMonitor:
    """What the default output plays, as a device: lost when another output becomes the default, and then opened there.

    Args:
        block_s: Length of a block, in seconds.
    """

    def __init__(self, block_s: float) -> None:
        self._block_s = block_s

    def open(self, channels: int | None, deliver: Deliver, ended: Callable[[], None]) -> Capture:
        """Start recording, mixed to one channel at 16 kHz. Raises SourceError when there is no output."""
        _refuse_several(channels)
        return FollowingCapture(PulseCapture(default_monitor(), self._block_s, deliver, ended))


def default_monitor() -> str:
    """Name of the source that hears what the default output plays.

    Raises:
        SourceError: There is no sound server, or it has no output.
    """
    lines = _asked("info").splitlines()
    sink = next((line.removeprefix(_DEFAULT_SINK) for line in lines if line.startswith(_DEFAULT_SINK)), "")
    if sink in ("", "(null)", "@DEFAULT_SINK@"):
        raise SourceError("the sound server has no output to listen to", "Connect loudspeakers or headphones")
    return f"{sink}.monitor"


class _Program:
    """A program of the sound server that runs until it is ended.

    It has a process group of its own, because Ctrl-C is for us, who end it in order; and it speaks English to us.
    """

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - names of sources are arguments, no shell reads them
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            process_group=0,
        )
        self.output = cast("IO[bytes]", self._process.stdout)
        # Progress is told in lines that end with a carriage return: universal newlines part those, too.
        self.remarks = io.TextIOWrapper(cast("IO[bytes]", self._process.stderr), encoding="utf-8", errors="replace")

    def terminate(self) -> None:
        """Ask it to end; from any thread."""
        self._process.terminate()

    def end(self) -> None:
        """Terminate it and wait until it is gone."""
        self._process.terminate()
        try:
            self._process.wait(_GONE_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _refuse_several(channels: int | None) -> None:
    if channels not in (None, 1):
        raise SourceError(f"{channels} channels are needed, and sources are mixed to one here", "Name one speaker")


def _recording(source: str, block_s: float) -> tuple[str, ...]:
    form = ("--raw", "--format=float32le", f"--rate={SAMPLE_RATE_HZ}", "--channels=1")
    latency = f"--latency-msec={max(1, round(block_s * 1000))}"
    return ("parec", "--verbose", f"--device={source}", *form, latency, "--client-name=undertone")


def _sources_there_are() -> str:
    rows = [row.split("\t") for row in _asked("list", "short", "sources").splitlines()]
    names = [row[1] for row in rows if len(row) > 1]
    return f"Name one of: {', '.join(names)}" if names else "Connect a sound card"


def _asked(*question: str) -> str:
    """What `pactl` answers."""
    try:
        answer = subprocess.run(  # noqa: S603 - fixed words
            ["pactl", *question],  # noqa: S607 - where it lies is the system's business
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ANSWER_WITHIN_S,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise SourceError(
            "there is no sound server: neither PulseAudio nor PipeWire answers",
            "Start one (see `pactl info`), or run undertone as the user whose desktop it is",
        ) from error
    return answer.stdout


def _environment() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C"}
