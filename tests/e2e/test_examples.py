"""What the documents show to subscribers, at a real broker, while a real conversation is heard.

One run serves all: the beginning of the demo, at Mosquitto where it is installed. The programs of `docs/examples` and
of the README run beside it as processes of their own.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import pytest

from edge.app import App
from edge.demo.script import read_script
from edge.home_assistant.discovery import object_id
from edge.ros.mapping import EXPRESSIONS, Voices, to_ros, voice_id
from edge.running import run_to_end
from edge.settings import AppSettings
from realtime.events import SAMPLE_RATE_HZ
from realtime.parts import PartChoice
from tests import mosquitto
from tests.conversation_events import node_info
from tests.home_assistant import HomeAssistant
from tests.running_broker import running_broker
from tests.sounds import write
from tests.speech import conversation

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
EXCERPT_S = 13.5
WITHIN_S = 60.0


@dataclass
class Run:
    """What came of it: every message, and what each program printed and how it ended."""

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    printed: dict[str, list[str]] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def payloads(self, subject: str) -> list[dict]:
        return [json.loads(payload) for topic, payload in self.messages if topic.endswith(f"/{subject}") and payload]

    def words(self) -> dict[str, tuple[str, str]]:
        """Who said what, by utterance."""
        return {said["utterance"]: (said["speaker"]["id"], said["text"]) for said in self.payloads("transcript/final")}

    def felt(self) -> list[str]:
        """Who feels what because of which words, as the example of a follower puts it."""
        words = self.words()
        because = {
            cause["utterance"]: " and ".join('{} said "{}"'.format(*words[link["cause"]]) for link in cause["links"])
            for cause in self.payloads("cause")
        }
        return [
            f"{words[felt['utterance']][0]} feels {felt['emotion']['label']}"
            + (f" because {because[felt['utterance']]}" if because[felt["utterance"]] else "")
            for felt in self.payloads("emotion")
        ]


class Programs:
    """Programs beside the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._running: dict[str, tuple[asyncio.subprocess.Process, asyncio.Task]] = {}

    async def start(self, name: str, *words: str, listening: bool = True, **environment: str) -> None:
        """Start one, and return once it says that it listens."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.PIPE
        )
        said = self._run.printed[name] = []
        heard = asyncio.Event()
        self._running[name] = process, asyncio.create_task(self._read(process, said, heard))
        if listening:
            await asyncio.wait_for(heard.wait(), WITHIN_S)

    async def end(self) -> None:
        """Wait for those that end by themselves; interrupt the others."""
        for name, (process, reading) in self._running.items():
            if name in {"alerts", "bridge", "readme"}:
                process.terminate()
            self._run.ended[name] = await asyncio.wait_for(process.wait(), WITHIN_S)
            await reading

    async def kill(self) -> None:
        """Leave none behind, whatever the test found."""
        for process, reading in self._running.values():
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await reading

    @staticmethod
    async def _read(process, said, heard) -> None:
        async for line in process.stdout:
            said.append(line.decode().rstrip())
            heard.set()


def readme_snippet(language: str) -> str:
    """The first program of a language in the README."""
    return re.search(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]


def node_settings(broker, folder: Path) -> AppSettings:
    sound = write(folder / "excerpt.flac", list(conversation()[:, : int(EXCERPT_S * SAMPLE_RATE_HZ)]))
    speakers = [name for _, name in sorted({(line.channel, line.speaker) for line in read_script()})]
    return AppSettings(
        node="desk",
        source=PartChoice(part="recording", path=str(sound), speakers=speakers, fast=True),
        transcriber=PartChoice(part="pocketsphinx"),
        modalities=["text"],
        publisher={"broker": broker.url, "partials": True, "home_assistant": {"enabled": True}},
        alerts=[{"name": "good-news", "emotions": ["joy"], "probability": 0.4}],
    )


async def hear(client: aiomqtt.Client, run: Run) -> None:
    async for message in client.messages:
        run.messages.append((message.topic.value, message.payload))


async def ask(programs: Programs, run: Run, place: list[str]) -> None:
    """Ask the node until it answers: it listens for commands from a moment after its start on."""
    mute = ["mute", json.dumps({"muted": False})]
    for name, words in (("ask", mute), ("ask wrongly", ["dance"])):
        while run.ended.get(name, 2) == 2:
            await programs.start(name, str(EXAMPLES / "python/ask_a_node.py"), "desk", *words, *place, listening=False)
            run.ended[name] = await programs._running[name][0].wait()


async def record(folder: Path) -> Run:
    run = Run()
    programs = Programs(run)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(programs.kill)
        starting = running_broker() if mosquitto.missing() else mosquitto.running_mosquitto(folder)
        broker = await stack.enter_async_context(starting)
        port = str(broker.address.port)
        place = ["--host", "127.0.0.1", "--port", port]
        client = await stack.enter_async_context(aiomqtt.Client("127.0.0.1", broker.address.port))
        await client.subscribe("#", qos=1)
        hearing = asyncio.create_task(hear(client, run))
        (folder / "readme.py").write_text(
            readme_snippet("python").replace('"127.0.0.1")', f'"127.0.0.1", port={port})')
        )
        bridge = [str(EXAMPLES / "ros2/bridge.py"), "--ros-args", "-p", f"port:={port}"]
        ros = os.pathsep.join([str(ROOT / "tests/fake_ros"), str(ROOT / "edge/ros")])
        await asyncio.gather(
            programs.start("follow", str(EXAMPLES / "python/follow_conversation.py"), *place),
            programs.start("alerts", str(EXAMPLES / "python/wait_for_alerts.py"), *place),
            programs.start("bridge", *bridge, PYTHONPATH=ros),
            programs.start("readme", "-u", str(folder / "readme.py"), listening=False),
        )
        asking: list[asyncio.Task] = []

        async def ready(_: object) -> None:
            asking.append(asyncio.create_task(ask(programs, run, place)))

        await run_to_end(App(node_settings(broker, folder)), ready)
        await asking[0]
        await programs.end()
        hearing.cancel()
        await asyncio.wait({hearing})
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return asyncio.run(record(tmp_path_factory.mktemp("examples")))


def test_there_was_something_to_tell(run):
    assert len(run.words()) >= 3
    assert any(cause["links"] for cause in run.payloads("cause"))
    assert {felt["emotion"]["label"] for felt in run.payloads("emotion")} > {"neutral"}


def test_a_follower_says_who_feels_what_because_of_which_words(run):
    assert run.printed["follow"] == ["listening", *run.felt()]
    assert run.ended["follow"] == 0


def test_alerts_come_with_the_words_that_raised_them(run):
    alerts = [alert for alert in run.payloads("alert") if alert["state"] == "raised"]
    assert alerts
    said = run.printed["alerts"]
    words = run.words()
    for alert in alerts:
        place = said.index(f"ALERT good-news: {', '.join(alert['speakers'])}: {alert['reason']}")
        assert said[place + 1] == f'  "{words[alert["evidence"][0]["utterance"]][1]}"'


def test_a_node_answers_who_asks(run):
    assert run.ended["ask"] == 0
    assert run.printed["ask"] == ["listening"]
    assert run.ended["ask wrongly"] == 1
    assert "dance" in run.printed["ask wrongly"][0]


def test_what_the_readme_shows_runs(run):
    felt = [(each["speaker"]["id"], each["emotion"]["label"]) for each in run.payloads("emotion")]
    assert [tuple(line.split()[:2]) for line in run.printed["readme"]] == felt


def test_home_assistant_shows_the_conversation(run):
    device = dict(run.messages)[f"homeassistant/device/{object_id(node_info())}/config"]
    screen = HomeAssistant(device)
    assert not screen.available
    moods, speaking = [], []
    for topic, payload in run.messages:
        screen.hear(topic, payload)
        if topic.endswith("/state") and payload:
            state = json.loads(payload)
            (last,) = [each for each in state["speakers"].items() if each[1]["utterance"] == state["last_utterance"]]
            assert screen.states["speaker"] == last[0]
            assert float(screen.states["valence"]) == last[1]["affect"]["valence"]
            moods.append((screen.states["mood"], last[1]["label"]))
        if topic.endswith("/activity"):
            speaking.append(screen.states["speaking"])
    assert moods
    assert all(shown == meant for shown, meant in moods)
    assert {"on", "off"} <= set(speaking)
    assert not screen.available
    assert screen.states == dict.fromkeys(("mood", "valence", "arousal", "speaker"), "unknown") | dict.fromkeys(
        ("speaking", "behind"), "off"
    )


def test_a_bridge_publishes_what_the_mapping_says(run):
    voices, meant = Voices(), []
    subjects = ("activity", "transcript/partial", "transcript/final", "emotion", "cause", "lifecycle")
    for topic, payload in run.messages:
        if topic.partition("/conv/")[2].partition("/")[2] in subjects:
            meant += [(said.topic, said.type) for said in to_ros(json.loads(payload), voices)]
            voices = voices.after(json.loads(payload))
    printed = [json.loads(line) for line in run.printed["bridge"] if line.startswith("{")]
    published = [line for line in printed if "topic" in line]
    assert [line["topic"] for line in published] == [topic for topic, _ in meant]
    assert [line["type"] for line in published] == [kind.partition("/")[2] for _, kind in meant]
    assert {line["topic"] for line in published if line["latched"]} == {"/humans/voices/tracked"}
    emotion = run.payloads("emotion")[-1]
    voice = voice_id(emotion["conversation_id"], emotion["speaker"]["id"])
    last = [line["fields"] for line in published if line["topic"] == f"/humans/voices/{voice}/expression"][-1]
    assert last["expression"] == EXPRESSIONS[emotion["emotion"]["label"]]
    assert {"gone": f"/humans/voices/{voice}/expression"} in printed


def nodejs() -> str:
    """Its path; Debian's package names it either way."""
    return shutil.which("node") or shutil.which("nodejs") or ""


NEEDS_NODEJS = pytest.mark.skipif(
    not nodejs(), reason="needs, as root: apt-get install -y --no-install-recommends nodejs"
)


def shown(messages: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """What the debug nodes of the Node-RED example show of these messages."""
    lines = [json.dumps({"topic": topic, "payload": payload.decode()}) for topic, payload in messages]
    command = [nodejs(), str(ROOT / "tests/node_red.js"), str(EXAMPLES / "node-red/flow.json")]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [(line["node"], line["shown"]) for line in map(json.loads, done.stdout.splitlines())]


@NEEDS_NODEJS
def test_a_node_red_flow_says_who_feels_what_and_sorts_alerts(run):
    said = shown(run.messages)
    sentences = [re.sub(r" \(\d+ %\),?", "", text) for node, text in said if node == "said"]
    assert sentences == [line for line in run.felt() if " feels neutral" not in line]
    alerts = [
        ("raised" if alert["state"] == "raised" else "over", f"good-news: {alert['speakers'][0]}: {alert['reason']}")
        for alert in run.payloads("alert")
    ]
    assert [each for each in said if each[0] != "said"] == alerts


@NEEDS_NODEJS
def test_a_node_red_flow_that_starts_in_the_middle_says_nothing_wrong(run):
    middle = next(place for place, (topic, _) in enumerate(run.messages) if topic.endswith("/emotion"))
    since = Run(run.messages[middle:])
    sentences = [text for node, text in shown(since.messages) if node == "said"]
    texts = {text for _, text in since.words().values()}
    assert len(run.words()) > len(texts) >= len(sentences) > 0
    assert {said for sentence in sentences for said in re.findall('"(.*?)"', sentence)} <= texts
