"""Ctrl-C at any moment: a clean end within three seconds, and the node says that it stopped."""

import asyncio
import signal
import time

import pytest

from edge.demo.script import RECORDING_PATH
from tests.running_node import end, running_node, start

WITHIN_S = 3.0


@pytest.mark.parametrize(
    "number,after_ready_s",
    [
        pytest.param(signal.SIGINT, 0.0, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 4.3, marks=pytest.mark.slow),
        (signal.SIGTERM, 7.5),
    ],
)
async def test_a_signal_while_it_listens_ends_it_cleanly(number, after_ready_s):
    async with running_node(str(RECORDING_PATH), environment={}) as node:
        await asyncio.sleep(after_ready_s)
        signalled_at = time.monotonic()
        code = await node.stop(number)
        took_s = time.monotonic() - signalled_at
        await node.heard("status", 2, within_s=5)
    assert took_s < WITHIN_S
    assert code == 0
    assert "Traceback" not in node.said
    assert [payload["status"] for payload in node.payloads("status")] == ["online", "stopped"]
    assert [payload["event"] for payload in node.payloads("lifecycle")] in ([], ["started", "ended"])


@pytest.mark.parametrize(
    "after_s", [0.8, pytest.param(1.5, marks=pytest.mark.slow), 3.0, pytest.param(4.5, marks=pytest.mark.slow)]
)
async def test_a_signal_while_it_loads_ends_it_at_once(after_s):
    ports = {"UNDERTONE_BROKER__PORT": "0", "UNDERTONE_BROKER__WEBSOCKET_PORT": "null"}
    process = await start("run", str(RECORDING_PATH), **ports)
    try:
        await asyncio.sleep(after_s)
        signalled_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), 15)
        took_s = time.monotonic() - signalled_at
    finally:
        await end(process)
    assert took_s < WITHIN_S
    assert process.returncode in {0, 130, -signal.SIGINT}
    assert b"Traceback" not in said
