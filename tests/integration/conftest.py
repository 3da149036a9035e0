"""What the integration tests share: a broker, and a room to listen to."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edge.brokers.embedded import EmbeddedBroker
from tests.integration.pulse import MissingPackagesError, Room, install
from tests.running_broker import running_broker


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """The broker inside the process, on a free port."""
    async with running_broker() as broker:
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
