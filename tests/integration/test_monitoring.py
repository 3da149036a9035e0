"""A whole node is looked after: its figures on MQTT and over HTTP, and whether it is ready, also without its broker."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from contextlib import AsyncExitStack, suppress

from prometheus_client.parser import text_string_to_metric_families

from edge.app import App
from edge.monitoring.settings import MonitoringSettings
from edge.running import run_to_end
from edge.settings import AppSettings, PublisherSettings
from edge.watch.subscriber import subscribe
from edge.wire.stats import NodeStats
from realtime.parts import PartChoice
from tests.running_broker import running_broker

CAPTIONS = """WEBVTT

00:00:00.100 --> 00:00:00.300
<v Ann>We got the house!</v>

00:00:00.400 --> 00:00:00.600
<v Bob>That is wonderful.</v>

"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def get(port, path):
    def ask():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    return await asyncio.to_thread(ask)


async def until_ready(port, status):
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                answer = await get(port, "/readyz")
                if answer[0] == status:
                    return json.loads(answer[1])["reasons"]
            await asyncio.sleep(0.05)


async def nothing(_):
    return


async def figures_with_two_utterances(url):
    """What a subscriber gets as `node/…/stats`, up to the first with all that was said."""
    said = []
    async with subscribe(url) as messages:
        async for message in messages:
            if message.place.subject == "stats":
                said.append(message.payload)
                if said[-1]["utterances"] == 2:
                    return said
    raise AssertionError("the messages ended")


async def test_a_node_says_how_it_is_and_whether_it_is_ready(tmp_path):
    path = tmp_path / "meeting.vtt"
    path.write_text(CAPTIONS)
    port = free_port()
    async with AsyncExitStack() as brokers:
        broker = await brokers.enter_async_context(running_broker())
        settings = AppSettings(
            source=PartChoice(part="captions", path=str(path), follow=True),
            publisher=PublisherSettings(broker=broker.url),
            monitoring=MonitoringSettings(port=port, stats_every_s=1.0),
        )
        app = App(settings)
        hearing = asyncio.create_task(figures_with_two_utterances(broker.url))
        running = asyncio.create_task(run_to_end(app, nothing))
        try:
            assert await until_ready(port, 200) == []
            said = await asyncio.wait_for(hearing, 30)
            assert all(NodeStats.model_validate(payload) for payload in said)
            assert said[0]["utterances"] <= said[-1]["utterances"] == 2
            stages = said[-1]["stages"]
            assert {"converse", "encode", "analyse", "publish"} <= stages.keys()
            assert stages["encode"]["p95_ms"] > 0
            assert said[-1]["latency_ms"]["total"]["p95"] > said[-1]["latency_ms"]["analyse"]["p50"] > 0
            assert said[-1]["memory_bytes"] > 100_000_000
            assert said[-1]["outbox"]["dropped"] == 0

            _, text = await get(port, "/metrics")
            found = {family.name: family for family in text_string_to_metric_families(text)}
            assert found["undertone_utterances"].samples[0].value == 2
            assert "house" not in text
            assert "ann" not in text.lower()

            await brokers.aclose()
            assert await until_ready(port, 503) == ["no connection to the broker"]
            assert (await get(port, "/healthz"))[0] == 200
            await brokers.enter_async_context(running_broker(broker.address.port))
            assert await until_ready(port, 200) == []
        finally:
            app.stop()
            await asyncio.wait_for(running, 20)
            hearing.cancel()
    with suppress(OSError):
        await get(port, "/healthz")
        raise AssertionError("it is still there")
