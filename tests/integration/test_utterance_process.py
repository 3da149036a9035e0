"""The process of a batch recogniser: slow, killed in the middle, closed, broken; and what becomes of what was said."""

import asyncio
import logging
import math
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import numpy as np
import pytest

from model.errors import CheckpointError, PartMissingError
from realtime.clock import SystemClock
from realtime.events import (
    SAMPLE_RATE_HZ,
    EndReason,
    Failure,
    Health,
    PartHealth,
    Quiet,
    SpeechPaused,
    SpeechResumed,
    Transcript,
)
from realtime.parts import PartChoice, load_part, part_names
from realtime.recognition.utterances import UtteranceSettings, UtteranceTranscriber
from tests import tiny_recognisers
from tests.fakes import ManualClock
from tests.held_decoder import BROKEN, CRASH, DECODING, GERMAN, HOLD
from tests.speech import chunks, ended, started

pytestmark = pytest.mark.faults

SECOND = np.zeros(SAMPLE_RATE_HZ, np.float32)


@asynccontextmanager
async def transcriber(folder, clock=None, **settings):
    clock = clock or SystemClock()
    part = UtteranceTranscriber(
        "held", "held", "tests.held_decoder", folder, UtteranceSettings(model="held", **settings), clock
    )
    try:
        await part.open()
        yield part
    finally:
        await part.close()


async def hear(part, *events):
    return [result for event in events for result in await part.process(event)]


async def holds(condition):
    for _ in range(1500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never")


def only(kind, results):
    (found,) = [result for result in results if isinstance(result, kind)]
    return found


async def until(part, health):
    for second in range(400):
        for event in await part.process(Quiet(second)):
            if isinstance(event, PartHealth) and event.health is health:
                return event
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {health}")


def say(segment, samples=SECOND, *, channel=0):
    return started(segment, channel), *chunks(segment, samples, channel)


async def test_one_that_is_killed_while_it_decodes_loses_that_segment_and_hears_the_next(tmp_path):
    async with asyncio.timeout(40), transcriber(tmp_path) as part:
        (tmp_path / HOLD).touch()
        await hear(part, *say("s1"), SpeechPaused("s1", 0, 1.0))
        await holds((tmp_path / DECODING).exists)
        os.killpg(part._process._process.pid, signal.SIGKILL)
        failure = only(Failure, await hear(part, ended("s1", EndReason.SILENCE)))
        assert (failure.segment, failure.code) == ("s1", "recogniser_lost")
        (tmp_path / HOLD).unlink()
        await until(part, Health.ONLINE)
        assert only(Transcript, await hear(part, *say("s2"), ended("s2", EndReason.SILENCE))).text == "1 seconds"
        assert part.counters.restarts == 1


async def test_one_that_crashes_says_why_and_is_started_again(tmp_path):
    async with asyncio.timeout(40), transcriber(tmp_path) as part:
        (tmp_path / CRASH).touch()
        failure = only(Failure, await hear(part, *say("s1"), ended("s1", EndReason.SILENCE)))
        assert "out of memory" in failure.message
        (tmp_path / CRASH).unlink()
        await until(part, Health.ONLINE)


async def test_one_that_is_slower_than_allowed_is_given_up(tmp_path):
    (tmp_path / HOLD).touch()
    with pytest.raises(PartMissingError, match="not ready within 1 s"):
        async with transcriber(tmp_path, ready_within_s=1.0):
            pass
    (tmp_path / HOLD).unlink()
    async with asyncio.timeout(40), transcriber(tmp_path, answer_within_s=1.0) as part:
        (tmp_path / HOLD).touch()
        failure = only(Failure, await hear(part, *say("s1"), ended("s1", EndReason.SILENCE)))
        assert failure.message == "the recogniser did not answer for 1 s"


async def test_one_that_needs_seconds_after_the_end_is_told_as_lagging_until_it_does_not(tmp_path):
    clock = ManualClock(stopped=True)
    async with asyncio.timeout(40), transcriber(tmp_path, clock) as part:
        (tmp_path / HOLD).touch()
        ending = asyncio.create_task(hear(part, *say("s1"), ended("s1", EndReason.SILENCE)))
        await holds((tmp_path / DECODING).exists)
        clock.advance(6.0)
        (tmp_path / HOLD).unlink()
        await ending
        health = only(PartHealth, await hear(part, *say("s2"), ended("s2", EndReason.SILENCE)))
        assert health.health is Health.LAGGING
        health = only(PartHealth, await hear(part, *say("s3"), ended("s3", EndReason.SILENCE)))
        assert health.health is Health.ONLINE


@pytest.mark.parametrize("moment", ["idle", "hearing", "decoding ahead", "decoding the end"])
async def test_it_ends_at_any_moment(tmp_path, moment):
    async with asyncio.timeout(40), transcriber(tmp_path) as part:
        process_group = part._process._process.pid
        if moment != "idle":
            await hear(part, *say("s1"))
        (tmp_path / HOLD).touch()
        if moment == "decoding ahead":
            await hear(part, SpeechPaused("s1", 0, 1.0))
        if moment == "decoding the end":
            waiting = asyncio.create_task(hear(part, ended("s1", EndReason.SILENCE)))
        if moment.startswith("decoding"):
            await holds((tmp_path / DECODING).exists)
        if moment == "decoding the end":
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.killpg(process_group, 0)


async def test_what_resumes_while_it_is_decoded_does_not_hold_up_others(tmp_path):
    async with asyncio.timeout(40), transcriber(tmp_path) as part:
        (tmp_path / HOLD).touch()
        await hear(part, *say("s1"), SpeechPaused("s1", 0, 1.0))
        await holds((tmp_path / DECODING).exists)
        await hear(part, *say("s2", channel=1), SpeechResumed("s1", 0))
        (tmp_path / HOLD).unlink()
        heard = await hear(part, ended("s2", EndReason.SILENCE, 1))
        heard += await hear(part, *chunks("s1", SECOND), ended("s1", EndReason.SILENCE))
        texts = [(each.segment, each.text, each.ahead) for each in heard if isinstance(each, Transcript)]
        assert texts == [("s2", "1 seconds", False), ("s1", "2 seconds", False)]


async def test_what_cannot_be_loaded_is_told_as_what_it_is_also_when_it_was_loaded_before(tmp_path, caplog):
    (tmp_path / BROKEN).touch()
    with pytest.raises(CheckpointError, match=r"the weights are broken\. Mend them"):
        async with transcriber(tmp_path):
            pass
    (tmp_path / BROKEN).unlink()
    async with asyncio.timeout(40), transcriber(tmp_path) as part:
        (tmp_path / BROKEN).touch()
        os.killpg(part._process._process.pid, signal.SIGKILL)
        await until(part, Health.OFFLINE)
        await holds(lambda: "the weights are broken" in caplog.text)
        (tmp_path / BROKEN).unlink()
        await until(part, Health.ONLINE)


async def test_what_is_not_believed_is_counted_and_logged_without_its_words(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    async with asyncio.timeout(40), transcriber(tmp_path, gates={"least_log_probability": -0.05}) as part:
        transcript = only(Transcript, await hear(part, *say("s1"), ended("s1", EndReason.SILENCE)))
        assert (transcript.text, transcript.words) == ("", ())
        assert part.counters.rejected == {"improbable": 1}
    assert "improbable" in caplog.text
    assert "1 seconds" not in caplog.text


async def test_a_transcript_says_its_language_its_sureness_and_whether_its_end_is_missing(tmp_path):
    (tmp_path / GERMAN).touch()
    async with asyncio.timeout(40), transcriber(tmp_path, language=None) as part:
        transcript = only(Transcript, await hear(part, *say("s1"), ended("s1", EndReason.SILENCE)))
        assert (transcript.text, transcript.words, transcript.language) == ("1 seconds", (), "de")
        assert transcript.confidence == pytest.approx(math.exp(-0.1))
        assert not transcript.truncated
        endless = np.tile(SECOND, 95)
        transcript = only(Transcript, await hear(part, *say("s2", endless), ended("s2", EndReason.SILENCE)))
        assert transcript.truncated
        (tmp_path / GERMAN).unlink()
        transcript = only(Transcript, await hear(part, *say("s3"), ended("s3", EndReason.SILENCE)))
        assert transcript.language == "und"


async def test_broken_weights_of_a_real_recogniser_are_told_at_the_start(tmp_path):
    folder = tiny_recognisers.faster_whisper_folder(tmp_path / "faster-whisper-tiny")
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:10_000])
    part = load_part(
        "realtime.transcribers", PartChoice(part="faster_whisper", model=str(folder), device="cpu"), SystemClock()
    )
    try:
        with pytest.raises(CheckpointError, match="cannot be loaded as a model"):
            await part.open()
    finally:
        await part.close()


def test_choosing_a_recogniser_imports_no_library_of_recognition(tmp_path):
    for name in ("whisper-base.en.pt", "moonshine-base", "faster-whisper-base.en"):
        (tmp_path / name).touch() if name.endswith(".pt") else (tmp_path / name).mkdir()
    names = [name for name in part_names("realtime.transcribers") if name not in {"auto", "pocketsphinx"}]
    script = f"""
import sys
from realtime.clock import SystemClock
from realtime.parts import PartChoice, load_part
for name in {names!r}:
    load_part("realtime.transcribers", PartChoice(part=name), SystemClock())
print(*sys.modules)
"""
    modules = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"UNDERTONE_MODELS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()
    assert {"whisper", "faster_whisper", "ctranslate2", "transformers", "torch"}.isdisjoint(modules)
