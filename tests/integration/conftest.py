"""What the integration tests share: brokers, and a room to listen to."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import mosquitto
from tests.integration.pulse import MissingPackagesError, Room, install
from tests.running_broker import KINDS, Brokers, RunningBroker


@pytest.fixture
def mosquitto_folder(tmp_path) -> Path:
    """Where a Mosquitto may have its files; the test is skipped where there is none, with the line that installs it."""
    if remedy := mosquitto.missing():
        pytest.skip(remedy)
    return tmp_path


@pytest.fixture(params=KINDS, ids=[f"{name}-{version}" for name, version in KINDS])
def brokers(request) -> Brokers:
    """Brokers of each kind in turn: what we promise, we promise at all of them."""
    name, version = request.param
    folder = request.getfixturevalue("mosquitto_folder" if name == "mosquitto" else "tmp_path")
    return Brokers(name, version, folder)


@pytest.fixture
async def broker(brokers) -> AsyncIterator[RunningBroker]:
    """A broker of each kind in turn, on a free port."""
    async with brokers.running() as broker:
        yield broker


@pytest.fixture(scope="session")
def sound_packages() -> None:
    """Sound server and PortAudio, installed when root; else the test is skipped with the line that installs them."""
    try:
        install()
    except MissingPackagesError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def room(sound_packages) -> Iterator[Room]:
    """A running sound server with a sink `room`; `room.environment` makes it a process's microphone."""
    with tempfile.TemporaryDirectory(prefix="room") as folder, Room(Path(folder)) as running:
        yield running
