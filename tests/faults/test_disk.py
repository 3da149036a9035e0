"""A full disk stops nobody: what cannot be kept on it waits in memory, and that is said."""

import asyncio
import resource
from contextlib import contextmanager

import pytest

from tests.faults.node import NAME, started
from tests.faults.talk import PER_UTTERANCE
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@contextmanager
def full_disk(pid):
    """For one process, no file can grow: Linux refuses as it does where nothing is left."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def publishing(health):
    """Whether the node's last word on its publishing is this one."""
    return lambda one: (one.of("health/publish") or [{}])[-1].get("health") == health


def understood(count):
    return lambda one: len({cause["utterance"] for cause in one.of("cause")}) >= count


async def test_a_full_disk_is_announced_and_nothing_is_lost(folder, tell):
    async with running_mosquitto(folder, lasting=True) as broker, witness(broker.address) as one:
        async with started(broker.address, folder) as node:
            await node.ready()
            await node.say(*range(3))
            await one.until(understood(3))
            with full_disk(node.pid):
                await node.say(*range(3, 6))
                await one.until(publishing("offline"))
                await one.until(understood(6))
                reason = one.of("health/publish")[-1]["reason"]
                # Without a broker and without a disk, everything is in memory.
                broker.process.terminate()
                await broker.process.wait()
                await node.say(*range(6, 9))
                await asyncio.sleep(1.0)
            async with running_mosquitto(folder, broker.address.port, lasting=True):
                await one.until(publishing("online"))
                await node.say(*range(9, 12))
                assert await node.stop() == 0, node.complaints
                made = 1 + PER_UTTERANCE * 12 + 1
                await one.events_came(made)
        tell(one.row("disk full for the outbox", made, f"announced: {reason[:60]}…"))
    (conversation,) = one.conversations()
    assert one.numbers(conversation) == list(range(1, made + 1))
    assert [status["status"] for status in one.of("status")][:2] == ["online", "degraded"]
    assert any("in memory" in line for line in node.complaints)
    assert any("again" in line for line in node.complaints)
    assert (folder / "undertone" / f"home.{NAME}.db").stat().st_size
