"""A clock that is set an hour on, or an hour back, changes neither order nor numbers, and nothing expires by it."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.talk import PER_UTTERANCE
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto
from tests.running_node import ROOT

pytestmark = pytest.mark.faults

INSTALL = "apt-get install -y --no-install-recommends faketime"
HOUR_S = 3600


class Clock:
    """The wall clock of one process, which can be set as it runs; its steady clocks go on, as they do everywhere."""

    def __init__(self, folder):
        libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        assert libraries, f"needs, as root: {INSTALL}"
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": str(libraries[0]),
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
        }
        self.set(0)

    def set(self, off_s):
        """So many seconds before the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{off_s:+d}\n", encoding="utf-8")
        new.rename(self._file)


@asynccontextmanager
async def talking(broker, folder, clock):
    """A process that talks."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.talking", broker.url, str(folder)),
        cwd=ROOT,
        env=os.environ | clock.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def say(process, utterances):
    """Let it talk; how many events it has made."""
    process.stdin.write(f"{utterances}\n".encode())
    return int(await asyncio.wait_for(process.stdout.readline(), 60.0))


async def test_a_clock_that_steps_an_hour_on_and_back_changes_no_order(folder, tell):
    clock = Clock(folder)
    async with (
        running_mosquitto(folder, lasting=True) as broker,
        witness(broker.address) as one,
        talking(broker, folder, clock) as process,
    ):
        await say(process, 5)
        clock.set(HOUR_S)
        await say(process, 5)
        broker.process.terminate()
        await broker.process.wait()
        await say(process, 5)
        clock.set(-HOUR_S)
        await say(process, 5)
        async with running_mosquitto(folder, broker.address.port, lasting=True):
            await say(process, 5)
            clock.set(0)
            await one.events_came(await say(process, 5))
            process.stdin.close()
            assert await asyncio.wait_for(process.wait(), 20.0) == 0
            made = 1 + 6 * 5 * PER_UTTERANCE + 1
            await one.events_came(made)
    said_at = [datetime.fromisoformat(event["at"]) for event in one.events()]
    steps = [round((later - earlier).total_seconds() / HOUR_S) for earlier, later in pairwise(said_at)]
    hours = [step for step in steps if step]
    tell(one.row("clock stepping an hour", made, "steps of " + ", ".join(f"{step:+d} h" for step in hours)))
    assert hours == [1, -2, 1]
    (conversation,) = one.conversations()
    assert one.numbers(conversation) == list(range(1, made + 1))
    ids = [event["event_id"] for event in one.events()]
    assert ids == sorted(ids)
    assert not one.gaps()
