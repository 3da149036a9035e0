"""The doctor beside real brokers, stopped and started, and beside a real sound server."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.demo.script import RECORDING_PATH
from edge.doctor.check import State
from edge.doctor.checks.broker import BrokerCheck
from edge.doctor.checks.sound import SoundCheck
from edge.doctor.examination import examine
from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from edge.settings import AppSettings
from tests.mosquitto import PASSWORD, USER, running_mosquitto
from tests.running_broker import running_broker

ROOT = Path(__file__).parents[2]


def settings(url="embedded", port=0, websocket_port=None, **publisher):
    return AppSettings(
        site="lab",
        node="desk",
        publisher={"broker": url, **publisher},
        broker={"port": port, "websocket_port": websocket_port},
    )


async def looked(*where, **how):
    return [
        (finding.state.value, finding.what, finding.remedy)
        for finding in await examine(BrokerCheck(settings(*where, **how)))
    ]


async def test_the_broker_inside_works_where_its_port_is_free():
    [(state, what, _)] = await looked()
    assert state == "ok"
    assert "there and back in" in what


async def test_a_broker_that_runs_is_found_and_missed_when_it_is_gone():
    async with running_broker() as broker:
        url = broker.url
        assert [state for state, _, _ in await looked(url)] == ["ok"]
    [(state, what, remedy)] = await looked(url)
    assert (state, what.startswith(f"no broker at {url}")) == ("problem", True)
    assert remedy.startswith("Start one")


async def test_a_port_that_another_broker_has_taken_says_how_to_use_it():
    async with running_broker() as broker:
        [(state, what, remedy)] = await looked(port=broker.address.port)
    assert (state, what) == ("problem", f"port {broker.address.port} on 127.0.0.1 is taken by another broker")
    assert remedy.startswith(f"UNDERTONE_PUBLISHER__BROKER={broker.url}")


async def test_a_port_that_is_taken_by_something_else():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        [(state, what, remedy)] = await looked(port=port)
        [(own, words, _)] = await looked(port=0, websocket_port=port)
    assert (state, remedy) == ("problem", "UNDERTONE_BROKER__PORT=0 takes any free one")
    assert what == f"port {port} on 127.0.0.1 is taken by another program"
    assert (own, words) == ("problem", f"port {port} on 127.0.0.1 is taken by another program")


async def say_online(address: BrokerAddress, node: str) -> None:
    async with new_client(address, Credentials(), MqttVersion.V3_1_1, "another", 15) as client:
        status = json.dumps({"status": "online"})
        await client.publish(f"undertone/v1/lab/node/{node}/status", status, qos=1, retain=True)


async def test_an_undertone_that_runs_already_is_no_problem_unless_it_bears_our_name():
    async with running_broker() as broker:
        await say_online(broker.address, "desk")
        [(state, what, _)] = await looked(port=broker.address.port)
        assert (state, what) == ("ok", f"undertone runs already, and has port {broker.address.port}")
        _, (state, what, remedy) = await looked(broker.url)
        assert (state, "a node called desk is there already" in what) == ("warning", True)
        assert "UNDERTONE_NODE" in remedy


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_mosquitto_with_a_password(mosquitto_folder, protocol):
    async with running_mosquitto(mosquitto_folder, password=True) as broker:
        [(state, _, _)] = await looked(broker.url, username=USER, password=PASSWORD, protocol=protocol)
        assert state == "ok"
        [(state, what, remedy)] = await looked(broker.url, username=USER, password="wrong", protocol=protocol)
    assert (state, remedy) == ("problem", "Check username and password")
    assert "refuses us" in what


NODE_RULE = "topic readwrite undertone/v1/lab/node/desk/#"


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize(
    "rules, state, words",
    [
        (f"{NODE_RULE}\ntopic readwrite undertone/v1/lab/conv/#", "ok", "there and back"),
        ("topic read undertone/v1/lab/#", "problem", "hands on nothing"),
    ],
)
async def test_mosquitto_with_an_access_list(mosquitto_folder, protocol, rules, state, words):
    async with running_mosquitto(mosquitto_folder, acl=rules) as broker:
        findings = await looked(broker.url, protocol=protocol)
    assert (findings[0][0], words in findings[0][1]) == (state, True), findings


async def test_a_node_that_may_speak_of_itself_and_not_of_conversations(mosquitto_folder):
    async with running_mosquitto(mosquitto_folder, acl=NODE_RULE) as broker:
        [(fine, _, _), (state, what, remedy)] = await looked(broker.url)
    assert (fine, state, "about conversations" in what) == ("ok", "problem", True)
    assert remedy.endswith("topic write undertone/v1/lab/conv/#, topic read undertone/v1/lab/conv/+/state")


async def test_an_insecure_broker_elsewhere_is_refused_before_anything_is_sent():
    [(state, what, remedy)] = await looked("mqtt://192.0.2.1:1883")
    assert (state, "would be used without" in what) == ("problem", True)
    assert "allow_insecure" in remedy


def doctor(*words, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "edge", "doctor", "--json", *words],
        cwd=ROOT,
        env=os.environ | {"UNDERTONE_BROKER__PORT": "0", "UNDERTONE_BROKER__WEBSOCKET_PORT": "0"} | environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


@pytest.mark.audio
@pytest.mark.slow
def test_a_machine_with_a_muted_microphone_has_this_one_problem(room):
    code, said = doctor("--listen", **room.environment)
    problems = [finding for finding in said["findings"] if finding["state"] == "problem"]
    assert (code, said["state"], len(problems)) == (1, "problem", 1)
    assert (problems[0]["check"], "nothing but zeros" in problems[0]["what"]) == ("sound", True)
    well = {finding["check"] for finding in said["findings"] if finding["state"] == "ok"}
    assert {"settings", "packages", "sound", "recogniser", "network", "broker", "clock"} <= well


@pytest.fixture
def in_the_room(room, monkeypatch):
    """The room is the microphone of this process."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


@pytest.mark.audio
async def test_nobody_is_listened_to_unless_that_was_asked_for(in_the_room):
    there, heard = await SoundCheck(AppSettings()).look()
    assert (there.state, heard.state) == (State.OK, State.SKIPPED)
    assert "--listen" in heard.remedy


@pytest.mark.audio
async def test_a_microphone_that_hears_something_sounds_well(in_the_room):
    player = in_the_room.play(RECORDING_PATH)
    await asyncio.sleep(1.5)
    _, heard = await SoundCheck(AppSettings(), listen=True).look()
    player.terminate()
    player.wait()
    assert heard.state is State.OK
    assert "sounds well" in heard.what


@pytest.mark.audio
async def test_both_sides_of_a_call_are_looked_for(in_the_room):
    here = {"part": "call", "local": "room.monitor"}
    assert [finding.state for finding in await SoundCheck(AppSettings(source=here)).look()] == [State.OK, State.OK]
    absent = here | {"remote": "headset.monitor"}
    _, finding = await SoundCheck(AppSettings(source=absent)).look()
    assert (finding.state, "there are: room.monitor" in finding.what) == (State.PROBLEM, True)
