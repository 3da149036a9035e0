"""A node as a process of its own: captions go in on its standard input, and it can be ended in every way there is."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from edge.mqtt.address import BrokerAddress
from tests.running_node import READY_WITHIN_S, ROOT, UNDERTONE

NAME = "desk"
_LINE_S = 2.0
_ENDS_WITHIN_S = 90.0
_SENTENCES = ("i got the job", "that is wonderful news", "i am so happy for you", "but now i have to move away")


class Node:
    """`undertone run --captions -`; `complaints` are the lines that it wrote."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self.complaints: list[str] = []
        self._process = process
        self._reading: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Return once it listens."""
        assert self._process.stderr is not None
        async with asyncio.timeout(READY_WITHIN_S):
            while line := (await self._process.stderr.readline()).decode():
                self.complaints.append(line.rstrip())
                if "listening to" in line:
                    self._reading = asyncio.create_task(self._read())
                    return
        raise AssertionError("\n".join(self.complaints))

    async def say(self, *utterances: int) -> None:
        """Let something be said, each utterance by its number."""
        assert self._process.stdin is not None
        for number in utterances:
            self._process.stdin.write(caption(number))
        await self._process.stdin.drain()

    async def stop(self) -> int:
        """Close its input, which is the end of the conversation; the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self.ended()

    async def ended(self) -> int:
        """The exit status, once it ended."""
        status = await asyncio.wait_for(self._process.wait(), _ENDS_WITHIN_S)
        if self._reading is not None:
            await self._reading
        else:
            await self._read()
        return status

    async def kill(self) -> None:
        """Kill it with -9."""
        if self._process.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.complaints.append(line.decode().rstrip())


def words(number: int) -> str:
    """What the utterance with this number says."""
    return f"{_SENTENCES[number % len(_SENTENCES)]} {number}."


def caption(number: int) -> bytes:
    start_s = _LINE_S * number
    said = {"start": start_s, "end": start_s + 1.5, "speaker": ("ann", "ben")[number % 2], "text": words(number)}
    return json.dumps(said).encode() + b"\n"


@asynccontextmanager
async def started(broker: BrokerAddress, state: Path, *, protocol: str = "3.1.1", **more: str) -> AsyncIterator[Node]:
    """A node, perhaps not yet ready; whatever the test found, it is gone afterwards.

    Args:
        broker: Where it publishes.
        state: Where it keeps things.
        protocol: Of MQTT.
        more: Further environment.
    """
    environment: Mapping[str, str] = {
        "UNDERTONE_NODE": NAME,
        "UNDERTONE_PUBLISHER__BROKER": str(broker),
        "UNDERTONE_PUBLISHER__PROTOCOL": protocol,
        "UNDERTONE_PUBLISHER__KEEPALIVE_S": "2",
        "XDG_STATE_HOME": str(state),
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        *UNDERTONE,
        *("run", "--captions", "-"),
        cwd=ROOT,
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    node = Node(process)
    try:
        yield node
    finally:
        await node.kill()
