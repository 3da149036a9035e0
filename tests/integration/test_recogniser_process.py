"""The recogniser's process dies, hangs or is closed, and what becomes of it and of what was being said."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager

import pytest

from model.errors import PartMissingError
from realtime.clock import SystemClock
from realtime.events import EndReason, Failure, Health, PartHealth, Quiet, SpeechPaused, Transcript
from realtime.recognition.remote import RemoteTranscriber
from realtime.transcribers import pocketsphinx
from tests.speech import chunks, ended, line, started

pytestmark = pytest.mark.faults


@asynccontextmanager
async def transcriber():
    part = pocketsphinx.create(pocketsphinx.Settings(), SystemClock())
    try:
        await part.open()
        yield part
    finally:
        await part.close()


def group(part):
    """The process's id, which is also its group's."""
    return part._process._process.pid


def is_alive(process_group):
    try:
        os.killpg(process_group, 0)
    except ProcessLookupError:
        return False
    return True


async def until(part, health):
    found = []
    for second in range(400):
        found += [event for event in await part.process(Quiet(second)) if isinstance(event, PartHealth)]
        if health in [event.health for event in found]:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {health}: {found}")


async def hear(part, events):
    return [result for event in events for result in await part.process(event)]


async def test_a_death_loses_the_running_segment_and_the_next_is_heard_again():
    samples, _ = line(2)
    sound = list(chunks("s1", samples))
    async with transcriber() as part:
        await hear(part, [started("s1"), *sound[:20]])
        os.killpg(group(part), signal.SIGKILL)
        results = await hear(part, [*sound[20:], ended("s1", EndReason.SILENCE)])
        (failure,) = [result for result in results if isinstance(result, Failure)]
        assert (failure.stage, failure.segment) == ("transcribe", "s1")
        health = [*(event for event in results if isinstance(event, PartHealth)), *await until(part, Health.ONLINE)]
        assert [event.health for event in health] == [Health.OFFLINE, Health.ONLINE]
        results = await hear(part, [started("s2"), *chunks("s2", samples), ended("s2", EndReason.SILENCE)])
        (transcript,) = [result for result in results if isinstance(result, Transcript)]
        assert transcript.text
        assert part.counters.restarts == 1


async def test_what_begins_while_it_is_started_again_is_told_as_lost():
    samples, _ = line(2)
    async with transcriber() as part:
        os.killpg(group(part), signal.SIGKILL)
        await until(part, Health.OFFLINE)
        results = await hear(part, [started("s1"), *chunks("s1", samples), ended("s1", EndReason.SILENCE)])
        assert [result.segment for result in results if isinstance(result, Failure)] == ["s1"]
        await until(part, Health.ONLINE)


@pytest.mark.parametrize("moment", ["idle", "speaking", "finishing ahead", "dead"])
async def test_closing_at_any_moment_leaves_no_process(moment):
    samples, _ = line(3)
    async with transcriber() as part:
        process_group = group(part)
        if moment != "idle":
            await hear(part, [started("s1"), *chunks("s1", samples)])
        if moment == "finishing ahead":
            await part.process(SpeechPaused("s1", 0, 1.0))
        if moment == "dead":
            os.killpg(process_group, signal.SIGKILL)
        started_s = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started_s < 3.0
    assert not is_alive(process_group)


async def test_it_does_not_hear_the_terminals_interrupt():
    samples, _ = line(2)
    async with transcriber() as part:
        os.killpg(group(part), signal.SIGINT)
        results = await hear(part, [started("s1"), *chunks("s1", samples), ended("s1", EndReason.SILENCE)])
        assert [type(result) for result in results if isinstance(result, Transcript | Failure)] == [Transcript]


async def test_a_process_that_cannot_start_says_why():
    part = RemoteTranscriber(
        "nothing", "en", "realtime.recognition.no_such_module", {"kind": "settings"}, SystemClock()
    )
    with pytest.raises(PartMissingError, match="no_such_module"):
        await part.open()
    await part.close()
