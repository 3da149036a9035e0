"""Meetings that already have captions: from a file, from standard input, and while they are being written."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.bench.meeting import as_webvtt, said
from edge.brokers.embedded import EmbeddedBroker, Settings
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.watch.subscriber import Received
from realtime.parts import PartChoice
from tests.running_broker import running_broker
from tests.running_node import ROOT, UNDERTONE, RunningNode, end, running_node

VTT = """WEBVTT

1
00:00:01.000 --> 00:00:02.000
<v Ann>We got the house!</v>

2
00:00:02.500 --> 00:00:04.000
<v Bob>That is wonderful.</v>
"""
SRT = """1
00:00:01,000 --> 00:00:02,000
ANN: We got the house!

2
00:00:02,500 --> 00:00:04,000
BOB: That is wonderful.
"""
JSONL = """{"start": 1, "end": 2, "speaker": "Ann", "text": "We got the house!"}
{"start": 2.5, "end": 4, "speaker": "Bob", "text": "That is wonderful."}
"""


async def run(path: Path, *, fast: bool = True) -> list[Received]:
    """What a subscriber gets of captions in a file."""
    settings = AppSettings(source=PartChoice(part="captions", path=str(path), fast=fast))
    messages: list[Received] = []

    async def ready(_: object) -> None:
        return

    await rehearse(settings, EmbeddedBroker(Settings(port=0, websocket_port=None)), messages.append, ready)
    return messages


def meeting(folder: Path, lines: int) -> Path:
    path = folder / "meeting.vtt"
    path.write_text("".join(as_webvtt(said(lines))), encoding="utf-8")
    return path


def payloads(messages: list[Received], subject: str) -> list[dict]:
    return [message.payload for message in messages if message.place.subject == subject]


def understood(messages: list[Received]) -> list[tuple]:
    """Words, probabilities and links of each utterance: what does not depend on when it was understood."""
    emotions, causes = payloads(messages, "emotion"), payloads(messages, "cause")
    words = [payload["text"] for payload in payloads(messages, "transcript/final")]
    felt = [payload["emotion"]["probabilities"] for payload in emotions]
    return list(zip(words, felt, [payload["links"] for payload in causes], strict=True))


@pytest.mark.timeout(300)  # on a machine that is busy with other things
@pytest.mark.parametrize("utterances", [100, pytest.param(2_000, marks=pytest.mark.slow)])
async def test_a_long_meeting_replayed_fast(utterances, tmp_path, capsys):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began_at = time.monotonic()
    messages = await run(meeting(tmp_path, utterances))
    took_s = time.monotonic() - began_at
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    with capsys.disabled():
        sys.stdout.write(f"\ncaptions: {utterances} utterances in {took_s:.1f} s, start and end included\n")
    order = defaultdict(list)
    for message in messages:
        if message.place.subject in {"transcript/final", "emotion", "cause"}:
            order[message.payload["utterance"]].append(message.place.subject)
    assert list(order) == [f"u{number}" for number in range(1, utterances + 1)]
    assert all(told == ["transcript/final", "emotion", "cause"] for told in order.values())
    assert {payload["status"] for payload in payloads(messages, "emotion") + payloads(messages, "cause")} == {"final"}
    for subject in ("transcript/final", "emotion", "cause"):
        assert [payload["utterance"] for payload in payloads(messages, subject)] == list(order)
    counted = [message.payload["seq"] for message in messages if "seq" in message.payload]
    assert counted == list(range(1, len(counted) + 1))
    assert [payload["event"] for payload in payloads(messages, "lifecycle")] == ["started", "ended"]
    assert [line.line.text for line in said(utterances)] == [words for words, _, _ in understood(messages)]
    assert grown_mb < 700  # what the networks' libraries take; and the messages kept here


@pytest.mark.slow
async def test_fast_gives_the_same_as_the_usual_speed(tmp_path):
    fast = understood(await run(meeting(tmp_path, 5)))
    usual = understood(await run(meeting(tmp_path, 5), fast=False))
    assert [(words, links) for words, _, links in fast] == [(words, links) for words, _, links in usual]
    for (_, one, _), (_, other, _) in zip(fast, usual, strict=True):
        assert one == pytest.approx(other, abs=2e-4)  # rounded to four digits on the wire


@pytest.mark.parametrize("name, content", [("meeting.vtt", VTT), ("meeting.srt", SRT), ("meeting.jsonl", JSONL)])
async def test_each_format_from_a_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    messages = await run(path)
    transcripts = payloads(messages, "transcript/final")
    assert [payload["text"] for payload in transcripts] == ["We got the house!", "That is wonderful."]
    assert {payload["transcriber"]["name"] for payload in transcripts} == {"captions"}
    emotions = payloads(messages, "emotion")
    assert [payload["speaker"]["id"].lower() for payload in emotions] == ["ann", "bob"]
    assert emotions[0]["modalities"]["text"]["quality"] == 1.0
    models = payloads(messages, "info")[0]["models"]
    assert models["transcribe"]["name"] == "captions"
    assert "segment" not in models


@asynccontextmanager
async def reading_standard_input(*words: str) -> AsyncIterator[tuple[RunningNode, asyncio.subprocess.Process]]:
    async with running_broker() as broker:
        process = await asyncio.create_subprocess_exec(
            *UNDERTONE, "run", "--captions", "-", *words,
            cwd=ROOT,
            env=os.environ | {"UNDERTONE_PUBLISHER__BROKER": broker.url},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        node = RunningNode(process, broker.address)
        listening = asyncio.create_task(node.listen(broker.url))
        try:
            await node.ready()
            yield node, process
        finally:
            listening.cancel()
            await asyncio.wait({listening})
            await end(process)


@pytest.mark.parametrize("content", [VTT, pytest.param(SRT, marks=pytest.mark.slow)], ids=["vtt", "srt"])
async def test_captions_from_standard_input_as_they_come(content):
    async with reading_standard_input() as (node, process):
        first, second = content[: len(content) // 2 + 10], content[len(content) // 2 + 10 :]
        process.stdin.write(first.encode())
        await node.heard("emotion", 1, within_s=30)
        assert len(node.payloads("emotion")) == 1
        process.stdin.write(second.encode())
        process.stdin.close()
        await node.heard("cause", 2, within_s=30)
        said = await asyncio.wait_for(process.stderr.read(), 30)
        assert await process.wait() == 0
    assert b"stopped: 2 utterances" in said


async def test_json_lines_from_standard_input_whose_rubbish_is_reported():
    async with reading_standard_input() as (node, process):
        first, second = JSONL.splitlines(keepends=True)
        process.stdin.write(f"{first}rubbish\n{second}".encode())
        await node.heard("cause", 2, within_s=30)
        process.stdin.close()
        said = (await asyncio.wait_for(process.stderr.read(), 30)).decode()
        assert await process.wait() == 0
    (error,) = node.payloads("error")
    assert (error["stage"], error["code"]) == ("captions", "malformed")
    assert error["message"].startswith("line 2: ")
    assert "1 items lost" in said


async def test_a_file_is_followed_while_it_is_written_until_ctrl_c(tmp_path):
    path = tmp_path / "live.jsonl"
    path.touch()
    async with running_node("--captions", str(path), "--follow", environment={}) as node:
        for number, line in enumerate(JSONL.splitlines(keepends=True), start=1):
            with path.open("a") as file:
                file.write(line)
            await node.heard("cause", number, within_s=30)
        assert await node.stop(signal.SIGINT) == 0
        await node.heard("status", 2, within_s=5)
    assert "Traceback" not in node.said
    assert [payload["event"] for payload in node.payloads("lifecycle")] == ["started", "ended"]
    assert [payload["status"] for payload in node.payloads("status")] == ["online", "stopped"]


async def test_ctrl_c_while_standard_input_says_nothing_ends_it_cleanly():
    async with reading_standard_input() as (node, _):
        assert await node.stop(signal.SIGINT) == 0
    assert "Traceback" not in node.said


def test_malformed_captions_are_one_line_and_exit_code_2(tmp_path):
    path = tmp_path / "meeting.srt"
    path.write_text(SRT + "\n3\n00:00:05,000 -> 00:00:06,000\nOh.\n")
    ports = {"UNDERTONE_BROKER__PORT": "0", "UNDERTONE_BROKER__WEBSOCKET_PORT": "null"}
    done = subprocess.run(
        [*UNDERTONE, "run", str(path), "--fast"],
        cwd=ROOT, env=os.environ | ports, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "meeting.srt, line 10: times such as 00:00:01,000 --> 00:00:04,000" in done.stderr.splitlines()[-1]


def test_nothing_of_a_recogniser_is_loaded(tmp_path):
    path = tmp_path / "meeting.vtt"
    path.write_text(VTT)
    script = f"""
import asyncio, sys
from edge.app import App
from edge.settings import AppSettings
from realtime.parts import PartChoice

class Nowhere:
    async def open(self): pass
    async def publish(self, *events): pass
    async def close(self): pass

async def main():
    app = App(AppSettings(source=PartChoice(part="captions", path={str(path)!r}, fast=True)), publisher=Nowhere())
    await app.open()
    print((await app.run()).recogniser.transcripts)
    await app.close()

asyncio.run(main())
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=90, check=True
    )
    count, modules = done.stdout.split(maxsplit=1)
    assert count == "2"
    assert {"silero_vad", "pocketsphinx", "sounddevice", "av"}.isdisjoint(modules.split())
