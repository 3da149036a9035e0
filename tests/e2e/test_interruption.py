"""Ctrl-C at any moment: a clean end within three seconds, and the node says that it stopped."""

import asyncio
import os
import signal
import time
from contextlib import suppress

import pytest

from edge.brokers.embedded import EmbeddedBroker, Settings
from edge.demo.script import RECORDING_PATH
from edge.watch.subscriber import subscribe
from tests.e2e.conftest import UNDERTONE

WITHIN_S = 3.0


async def statuses_until_stopped(url: str, statuses: list[str], events: list[str]) -> None:
    async with subscribe(url) as messages:
        async for message in messages:
            if message.place.subject == "lifecycle":
                events.append(message.payload["event"])
            if message.place.subject == "status":
                statuses.append(message.payload["status"])
                if statuses[-1] == "stopped":
                    return


@pytest.mark.parametrize("number,after_ready_s", [(signal.SIGINT, 0.0), (signal.SIGINT, 4.3), (signal.SIGTERM, 7.5)])
async def test_a_signal_while_it_listens_ends_it_cleanly(number, after_ready_s):
    broker = EmbeddedBroker(Settings(port=0, websocket_port=None))
    await broker.open()
    statuses: list[str] = []
    events: list[str] = []
    hearing = asyncio.create_task(statuses_until_stopped(broker.url, statuses, events))
    environment = os.environ | {"UNDERTONE_PUBLISHER__BROKER": broker.url}
    process = await asyncio.create_subprocess_exec(
        *UNDERTONE, "run", str(RECORDING_PATH), env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        first = await asyncio.wait_for(process.stderr.readline(), 60)
        assert b"listening to" in first
        await asyncio.sleep(after_ready_s)
        signalled_at = time.monotonic()
        process.send_signal(number)
        said = await asyncio.wait_for(process.stderr.read(), 10)
        code = await asyncio.wait_for(process.wait(), 10)
        took_s = time.monotonic() - signalled_at
        await asyncio.wait_for(hearing, 5)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        hearing.cancel()
        await broker.close()
    assert took_s < WITHIN_S
    assert code == 0
    assert b"Traceback" not in said
    assert statuses == ["online", "stopped"]
    assert events in ([], ["started", "ended"])


@pytest.mark.parametrize("after_s", [0.8, 1.5, 3.0, 4.5])
async def test_a_signal_while_it_loads_ends_it_at_once(after_s):
    environment = os.environ | {"UNDERTONE_BROKER__PORT": "0", "UNDERTONE_BROKER__WEBSOCKET_PORT": "null"}
    process = await asyncio.create_subprocess_exec(
        *UNDERTONE, "run", str(RECORDING_PATH), env=environment, stderr=asyncio.subprocess.PIPE
    )
    await asyncio.sleep(after_s)
    signalled_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    said = await asyncio.wait_for(process.stderr.read(), 10)
    code = await process.wait()
    assert time.monotonic() - signalled_at < WITHIN_S
    assert code in {0, 130, -signal.SIGINT}
    assert b"Traceback" not in said
