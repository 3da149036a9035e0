"""`undertone run` as a process of its own, and a subscriber that hears all it publishes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt

from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from edge.watch.subscriber import Received, subscribe
from tests.running_broker import running_broker

UNDERTONE = [sys.executable, "-m", "edge"]
ROOT = Path(__file__).parents[1]
READY_WITHIN_S = 90.0


async def start(*words: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *UNDERTONE, *words, cwd=ROOT, env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Make sure it is gone, whatever the test found."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


class RunningNode:
    """A node that listens; `messages` are what a subscriber got so far."""

    def __init__(self, process: asyncio.subprocess.Process, address: BrokerAddress) -> None:
        self.messages: list[Received] = []
        self.said = ""
        self._process = process
        self._address = address
        self._changed = asyncio.Condition()

    def payloads(self, subject: str) -> list[dict[str, Any]]:
        return [message.payload for message in self.messages if message.place.subject == subject]

    def events(self) -> list[dict[str, Any]]:
        """What is counted by `seq`."""
        return [message.payload for message in self.messages if "seq" in message.payload]

    def client(self) -> aiomqtt.Client:
        """A client for the node's broker, not yet connected."""
        return new_client(self._address, Credentials(), MqttVersion.V3_1_1, "somebody", 15)

    async def ready(self) -> None:
        assert self._process.stderr is not None
        line = await asyncio.wait_for(self._process.stderr.readline(), READY_WITHIN_S)
        assert b"listening to" in line, line

    async def heard(self, subject: str, count: int, within_s: float) -> None:
        """Wait until so many messages of a subject came."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.payloads(subject)) >= count)

    async def stop(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        self._process.send_signal(number)
        assert self._process.stderr is not None
        self.said = (await asyncio.wait_for(self._process.stderr.read(), 15)).decode()
        return await asyncio.wait_for(self._process.wait(), 15)

    async def listen(self, url: str) -> None:
        async with subscribe(url) as messages:
            async for message in messages:
                async with self._changed:
                    self.messages.append(message)
                    self._changed.notify_all()


@asynccontextmanager
async def running_node(*words: str, environment: Mapping[str, str]) -> AsyncIterator[RunningNode]:
    """`undertone run` with these words, ready, at a broker of its own."""
    async with running_broker() as broker:
        process = await start("run", *words, UNDERTONE_PUBLISHER__BROKER=broker.url, **environment)
        node = RunningNode(process, broker.address)
        listening = asyncio.create_task(node.listen(broker.url))
        try:
            await node.ready()
            yield node
        finally:
            listening.cancel()
            await asyncio.wait({listening})
            await end(process)
