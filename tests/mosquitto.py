"""A real Mosquitto on a free port of this machine, for as long as a test needs it."""

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.mqtt.address import BrokerAddress
from edge.mqtt.trust import Credentials

INSTALL = "apt-get install -y --no-install-recommends mosquitto openssl"
USER, PASSWORD = "ann", "hunter2"
_ANSWERS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Mosquitto:
    """Where it listens, and what a client needs to be let in."""

    address: BrokerAddress
    credentials: Credentials
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return str(self.address)


def missing() -> str:
    """What to do where Mosquitto is not installed; empty where it is."""
    return "" if program("mosquitto") and program("openssl") else f"needs, as root: {INSTALL}"


@asynccontextmanager
async def running_mosquitto(
    folder: Path,
    port: int = 0,
    *,
    password: bool = False,
    tls: bool = False,
    acl: str = "",
    lasting: bool = False,
    more: Sequence[str] = (),
) -> AsyncIterator[Mosquitto]:
    """Mosquitto, answering; ended when the context is left, without waiting for its clients.

    Args:
        folder: For its configuration.
        port: Where it listens on loopback; 0 picks a free port.
        password: Only `USER` with `PASSWORD` is let in.
        tls: Encrypted, with a certificate of its own making that the credentials trust.
        acl: Lines that say who may read and write what; everybody everything if there are none.
        lasting: It is asked to end, and one that is started later in the same folder knows the same sessions and what
            waits for them; else it is killed.
        more: Further lines of its configuration.
    """
    port = port or free_port()
    lines = [
        f"listener {port} 127.0.0.1",
        _persistence(folder, lasting=lasting),
        f"allow_anonymous {'false' if password else 'true'}",
    ]
    lines += ["user root", *(_password(folder) if password else ()), *(_certificate(folder) if tls else ()), *more]
    if acl:
        (folder / "acl").write_text(f"{acl}\n", encoding="utf-8")
        (folder / "acl").chmod(0o600)
        lines.append(f"acl_file {folder / 'acl'}")
    async with started(folder, "\n".join(lines) + "\n", lasting=lasting) as process:
        await answering(port, process)
        credentials = Credentials(
            USER if password else None, PASSWORD if password else None, folder / "server.pem" if tls else None
        )
        yield Mosquitto(BrokerAddress("127.0.0.1", port, tls), credentials, process)


@asynccontextmanager
async def started(
    folder: Path, configuration: str, *, lasting: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process of a Mosquitto with this configuration, which may not listen yet; asked to end, or else killed."""
    file = folder / "mosquitto.conf"
    file.write_text(configuration, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program("mosquitto"), "-c", str(file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM if lasting else signal.SIGKILL)
        await process.wait()


async def answering(port: int, process: asyncio.subprocess.Process) -> None:
    """Return once somebody listens at the port; fail if the process has ended."""
    async with asyncio.timeout(_ANSWERS_WITHIN_S):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return
    raise AssertionError(f"mosquitto ended with {process.returncode}")


def _persistence(folder: Path, *, lasting: bool) -> str:
    return f"persistence true\npersistence_location {folder}/" if lasting else "persistence false"


def _password(folder: Path) -> list[str]:
    path = folder / "passwords"
    path.touch(mode=0o600)
    subprocess.run([program("mosquitto_passwd"), "-b", str(path), USER, PASSWORD], check=True)
    return [f"password_file {path}"]


def _certificate(folder: Path) -> list[str]:
    key, certificate = folder / "server.key", folder / "server.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program("openssl"), *words.split(), *files], check=True, capture_output=True)
    return [f"keyfile {key}", f"certfile {certificate}"]


def program(name: str) -> str:
    """Its path, or nothing. Debian has servers where an ordinary user's PATH does not look."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin") or ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
