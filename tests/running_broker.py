"""Brokers for as long as a test needs them: the one inside the process, and Mosquitto, which people run elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.brokers import embedded
from edge.brokers.embedded import EmbeddedBroker
from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion
from tests.mosquitto import running_mosquitto


@asynccontextmanager
async def running_broker(port: int = 0) -> AsyncIterator[EmbeddedBroker]:
    """The broker inside the process."""
    broker = embedded.create(embedded.Settings(port=port, websocket_port=None))
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()


@dataclass(frozen=True)
class RunningBroker:
    """A broker that listens, and the version of MQTT to speak with it."""

    address: BrokerAddress
    version: MqttVersion

    @property
    def url(self) -> str:
        return str(self.address)


@dataclass(frozen=True)
class Brokers:
    """Starts brokers of one kind, also at the place of one that is gone.

    Args:
        name: amqtt or mosquitto.
        version: Of MQTT.
        folder: For their files.
    """

    name: str
    version: MqttVersion
    folder: Path

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[RunningBroker]:
        """One of them, until the context is left."""
        starting = running_broker(port) if self.name == "amqtt" else running_mosquitto(self.folder, port)
        async with starting as broker:
            yield RunningBroker(broker.address, self.version)


KINDS = (("amqtt", MqttVersion.V3_1_1), ("mosquitto", MqttVersion.V3_1_1), ("mosquitto", MqttVersion.V5))
"""What our promises are held against."""
