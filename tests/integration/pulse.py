"""A room without a sound card: a private PulseAudio with a sink named `room`, for PortAudio to listen to.

Debian's PortAudio speaks ALSA. `libasound2-plugins` gives ALSA a device `pulse` (and makes it the default where a
server answers), which connects to `PULSE_SERVER` and records from `PULSE_SOURCE`: so `Room.environment` is all that a
process needs to hear the room through an ordinary microphone. No asoundrc, no D-Bus, no cookie, no sound card; root or
not.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

PACKAGES = ("pulseaudio", "pulseaudio-utils", "libasound2-plugins", "libportaudio2")
INSTALL = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
PATIENCE_S = 10.0


class MissingPackagesError(Exception):
    """The sound server is not installed, and only root could change that. The message is the line to run."""


def install() -> None:
    """Install what is missing, when root.

    Raises:
        MissingPackagesError: Something is missing and this is not root, or not Debian.
    """
    missing = [package for package in PACKAGES if not _installed(package)]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingPackagesError(f"needs, as root: {INSTALL}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", "-qq", *command], env=environment, stdin=subprocess.DEVNULL, check=True)


class Room:
    """The sound server while it runs; a context manager.

    Args:
        folder: For its socket and its state; short, because a socket's path may not be longer than 107 characters.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._server: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs, beside its own environment, to take the room for its microphone."""
        return {
            "PULSE_SERVER": f"unix:{self._folder / 'socket'}",
            "PULSE_SOURCE": "room.monitor",
            "PULSE_SINK": "room",
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "PULSE_STATE_PATH": str(self._folder),
            "PULSE_RUNTIME_PATH": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for process in self._processes:
            _end(process)

    def start(self) -> None:
        """Start the server, also after it was stopped."""
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        socket = f"socket={self._folder / 'socket'}"
        command += [f"--load=module-native-protocol-unix {socket} auth-anonymous=1 auth-cookie-enabled=0"]
        # A null sink paces itself by a timer: no sound card is needed.
        command += ["--load=module-null-sink sink_name=room rate=48000 channels=2"]
        self._server = [self._run(command)]
        end_s = time.monotonic() + PATIENCE_S
        while self._run(["pactl", "info"]).wait() != 0:
            if time.monotonic() > end_s:
                raise TimeoutError(f"pulseaudio does not answer:\n{(self._folder / 'log').read_text()}")
            time.sleep(0.05)
        # As long as nobody needs it sooner, the sink works in steps of two seconds: somebody always listens closely.
        self._server.append(self._run(["parec", "--device=room.monitor", "--latency-msec=20"]))

    def stop(self) -> None:
        """Stop the server: every microphone in the room is lost."""
        while self._server:
            _end(self._server.pop())
        (self._folder / "socket").unlink(missing_ok=True)

    def play(self, path: Path, sink: str = "room") -> subprocess.Popen[bytes]:
        """Start playing a file (wav, flac) into the room, or another sink; the process ends with it."""
        self._processes.append(self._run(["paplay", f"--device={sink}", "--latency-msec=100", str(path)]))
        return self._processes[-1]

    def add_sink(self, name: str) -> str:
        """Add loudspeakers and make them the default; the number by which `ask("unload-module", …)` removes them."""
        # Else the server would take the new loudspeakers' monitor for the microphone, and move who listens there.
        self.ask("set-default-source", "room.monitor")
        module = self.ask("load-module", "module-null-sink", f"sink_name={name}", "rate=48000", "channels=2").strip()
        self.ask("set-default-sink", name)
        return module

    def ask(self, *question: str) -> str:
        """What `pactl` answers."""
        environment = os.environ | self.environment
        return subprocess.run(["pactl", *question], env=environment, check=True, capture_output=True, text=True).stdout

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = os.environ | self.environment
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
            )


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return shutil.which("pulseaudio") is not None
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "installed"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
