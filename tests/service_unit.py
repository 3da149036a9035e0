"""The systemd unit that comes with undertone, read as far as tests need it, and somebody who plays systemd."""

import asyncio
import os
import shlex
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "configs" / "systemd" / "undertone.service"
COMMAND = "/opt/undertone/bin/undertone"


def values(key: str) -> list[str]:
    """All values of a key, as they stand in the unit."""
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return [value for line in lines for name, _, value in [line.partition("=")] if name == key]


def value(key: str) -> str:
    """The one value of a key."""
    (only,) = values(key)
    return only


def command_line() -> list[str]:
    """What the unit starts, without the program itself."""
    program, *words = shlex.split(value("ExecStart"))
    assert program == COMMAND
    return words


class Systemd:
    """Starts what the unit starts, as systemd would, and hears what it is told.

    Args:
        folder: Where the folders of the system are, for the service: state, cache and settings.
        watchdog_s: After how long without a word a watchdog would end the service.
    """

    def __init__(self, folder: Path, watchdog_s: float) -> None:
        self.watchdog_s = watchdog_s
        self.states: list[str] = []
        self.settings = folder / "undertone.yaml"
        self.environment_file = folder / "environment"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._inbox.bind(str(folder / "notify"))
        self._inbox.setblocking(False)

    async def start(self) -> None:
        """Start the service; returns at once."""
        self.states.clear()
        words = [str(self.settings) if word == "/etc/undertone/undertone.yaml" else word for word in command_line()]
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge", *words), env=self._environment(), cwd=self._folder, start_new_session=True
        )

    async def hears(self, state: str, within_s: float) -> None:
        """Wait until it is told something that begins like this."""
        async with asyncio.timeout(within_s):
            while not any(said.startswith(state) for said in self.states):
                self.states.append((await asyncio.get_running_loop().sock_recv(self._inbox, 4096)).decode())

    async def hears_nothing_for(self, wait_s: float) -> bool:
        """Whether it is told nothing in a while, after what it was told before."""
        with suppress(BlockingIOError):
            while self._inbox.recv(4096):
                pass
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await asyncio.get_running_loop().sock_recv(self._inbox, 4096)
                return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send the service's main process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self, within_s: float) -> int:
        """Its exit status, once it has ended."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), within_s)

    async def close(self) -> None:
        """Make sure that nothing is left, as systemd does with a control group."""
        self._inbox.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    def _environment(self) -> dict[str, str]:
        given = [word for line in values("Environment") for word in shlex.split(line)]
        given += self.environment_file.read_text(encoding="utf-8").split()
        folders = {"%S": str(self._folder / "state"), "%C": str(self._folder / "cache")}
        for specifier, folder in folders.items():
            given = [word.replace(specifier, folder) for word in given]
        variables = dict(word.split("=", 1) for word in given)
        del variables["NUMBA_CACHE_DIR"]  # what is compiled already need not be compiled again for a test
        return variables | {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(self._folder / "notify"),
            "WATCHDOG_USEC": str(round(self.watchdog_s * 1e6)),
        }
