"""The shipped Mosquitto configuration: every role may do what it should, and nothing else."""

import asyncio
import re
from contextlib import suppress

import pytest

from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials, tls_context
from edge.publishers import mqtt
from edge.watch.subscriber import subscribe
from edge.wire.topics import PREFIX
from model.errors import BrokerError
from tests import packets
from tests.authority import MOSQUITTO, Authority
from tests.broker_roles import BLIND, CONTROLLER, NODE, ROLES, VIEWER, running_roles
from tests.conversation_events import heard, node_info, short_conversation, understood
from tests.mosquitto import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SITE = f"{PREFIX}/home"
HOME, ROBOT = "home-assistant", "robot"
CONVERSATION = {f"{SITE}/conv/c1/{subject}" for subject in ("emotion", "cause", "lifecycle", "activity")}
STATE = {f"{SITE}/conv/c1/{subject}" for subject in ("meta", "state")}
ALERTS = {f"{SITE}/conv/c1/{subject}" for subject in ("alert", "error")}
WORDS = {f"{SITE}/conv/c1/transcript/{kind}" for kind in ("final", "partial")}
STATUS = {f"{SITE}/node/{NODE}/status"}
ABOUT_NODE = {f"{SITE}/node/{NODE}/{subject}" for subject in ("stats", "health/publish")}
INFO = {f"{SITE}/node/{NODE}/info"}
COMMAND, MUTE = {f"{SITE}/cmd/{NODE}/stop"}, {f"{SITE}/cmd/{NODE}/mute"}
REPLIES = {f"{SITE}/reply/{CONTROLLER}/r1", f"{SITE}/reply/{ROBOT}/r1"}
DEVICE = {f"homeassistant/device/undertone_home_{NODE}/config"}
ITS_OWN, VOICE = {"homeassistant/status"}, {"robot/speaking"}
OTHERS = {f"{SITE}/cmd/other/stop"}
FORBIDDEN = {f"{SITE}/node/other/status", f"{SITE}/cmd/{NODE}", f"{PREFIX}/cellar/conv/c1/emotion"}
NODES = STATUS | ABOUT_NODE | INFO
PEOPLE = CONVERSATION | STATE | ALERTS | WORDS
EVERYTHING = PEOPLE | NODES | COMMAND | MUTE | REPLIES | DEVICE | ITS_OWN | VOICE | OTHERS | FORBIDDEN

MAY_WRITE = {
    NODE: PEOPLE | NODES | REPLIES | DEVICE,
    VIEWER: set(),
    BLIND: set(),
    CONTROLLER: COMMAND | MUTE | OTHERS,
    HOME: DEVICE | ITS_OWN,
    ROBOT: MUTE | VOICE,
}
MAY_READ = {
    NODE: NODES | STATE | COMMAND | MUTE | DEVICE | VOICE,
    VIEWER: PEOPLE | NODES,
    BLIND: (PEOPLE | NODES) - WORDS,
    CONTROLLER: STATUS | INFO | {f"{SITE}/reply/{CONTROLLER}/r1"},
    HOME: CONVERSATION - {f"{SITE}/conv/c1/cause"} | STATE | NODES | DEVICE | ITS_OWN,
    ROBOT: CONVERSATION | STATUS | {f"{SITE}/reply/{ROBOT}/r1"},
}
SECRET_WORDS = ("zugzwang", "quixotic", "marzipan")


@pytest.fixture
async def broker(tmp_path):
    async with running_roles(tmp_path) as running:
        yield running


async def heard_by(broker, role, listening, over):
    """What a role, subscribed to everything there is, hears until it hears that all is over."""
    received = set()
    async with broker.client(role) as client:
        await client.subscribe([("#", 1), ("$SYS/#", 1), *((topic, 1) for topic in sorted(EVERYTHING))])
        listening.set()
        async for message in client.messages:
            if message.topic.value == f"{SITE}/reply/{role}/{over}":
                return received
            received.add((message.topic.value, message.payload.decode()))
    raise AssertionError("the connection ended")


async def test_each_role_writes_and_reads_what_it_should_and_nothing_else(broker):
    listening = {role: asyncio.Event() for role in ROLES}
    async with asyncio.TaskGroup() as group:
        hearing = {role: group.create_task(heard_by(broker, role, listening[role], "over")) for role in ROLES}
        for event in listening.values():
            await event.wait()
        for role in ROLES:
            async with new_client(
                broker.by_password, broker.credentials[role], MqttVersion.V3_1_1, f"{role}-writes", 15
            ) as client:
                for topic in EVERYTHING:
                    await client.publish(topic, role, 1)
        async with new_client(broker.by_password, broker.credentials[NODE], MqttVersion.V3_1_1, "over", 15) as node:
            for role in ROLES:
                await node.publish(f"{SITE}/reply/{role}/over", b"", 1)
    for reader, task in hearing.items():
        expected = {
            (topic, writer) for writer, topics in MAY_WRITE.items() for topic in topics if topic in MAY_READ[reader]
        }
        assert task.result() == expected, reader


async def test_a_whole_conversation_gets_through_and_no_word_of_it_to_a_viewer_without_words(broker):
    first = heard(0, " ".join(SECRET_WORDS))
    second = heard(1, f"{SECRET_WORDS[1]} again", "ben")
    began, *_, ended = short_conversation()
    listening = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        blind = group.create_task(heard_by(broker, BLIND, listening, "over"))
        await listening.wait()
        told = await told_to_viewer(broker, [began, first, understood(first), second, understood(second), ended])
        async with broker.client(NODE) as node:
            await node.publish(f"{SITE}/reply/{BLIND}/over", b"", 1)
    subjects = [message.place.subject for message in told]
    assert [subjects.count(subject) for subject in ("transcript/final", "emotion", "cause")] == [2, 2, 2]
    assert first.transcript.text in [message.payload.get("text") for message in told]
    received = blind.result()
    assert {"emotion", "cause", "meta", "state", "lifecycle"} <= {topic.rpartition("/")[2] for topic, _ in received}
    assert not re.search("|".join(SECRET_WORDS), str(received), re.IGNORECASE)


async def told_to_viewer(broker, events):
    """What a viewer gets of these events, published by a node, up to the node's farewell."""
    told = []
    async with subscribe(str(broker.by_password), credentials=broker.credentials[VIEWER]) as seen:
        one = mqtt.create(node_settings(broker), node_info(node=NODE))
        await one.open()
        for event in events:
            await one.publish(event)
        await one.close()
        async for message in seen:
            told.append(message)
            if message.payload.get("status") == "stopped":
                return told
    raise AssertionError("the subscription ended")


def node_settings(broker, **changes):
    credentials = broker.credentials[NODE]
    return mqtt.Settings(
        **(
            {
                "url": str(broker.by_password),
                "username": NODE,
                "password": credentials.password,
                "ca_file": credentials.ca_file,
            }
            | changes
        )
    )


async def test_nobody_is_let_in_without_a_name_or_with_a_wrong_password(broker):
    for name, password in ((None, None), (NODE, "guess"), ("eve", "x")):
        who = Credentials(name, password, broker.authority.certificate)
        with pytest.raises(BrokerError, match=r"refuses us: .*ot authori[sz]ed"):
            async with subscribe(str(broker.by_password), credentials=who):
                pass


@pytest.mark.parametrize("version", MqttVersion)
async def test_a_certificate_stands_for_a_name_and_its_password(broker, version):
    pair = broker.authority.client(NODE, password="k3y w0rd")
    settings = node_settings(
        broker,
        url=str(broker.by_certificate),
        username=None,
        password=None,
        client_certificate=pair.certificate,
        client_key=pair.key,
        client_key_password="k3y w0rd",
        protocol=version,
    )
    async with subscribe(str(broker.by_password), credentials=broker.credentials[VIEWER]) as seen:
        one = mqtt.create(settings, node_info(node=NODE))
        await one.open()
        async for message in seen:
            if message.payload.get("status") == "online":
                break
        await one.close()


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
async def test_who_shows_no_certificate_or_one_of_a_foreign_authority_is_told_so(broker, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    foreign = Authority(elsewhere).client(VIEWER)
    trusting = Credentials(ca_file=broker.authority.certificate)
    strange = Credentials(ca_file=broker.authority.certificate, certificate=foreign.certificate, key=foreign.key)
    for who in (trusting, strange):
        with pytest.raises(BrokerError, match=r"does not accept our certificate|hung up.*client_certificate"):
            async with subscribe(str(broker.by_certificate), credentials=who):
                pass


async def test_a_packet_beyond_the_limit_ends_the_connection_that_sends_it(broker):
    address, who = broker.by_password, broker.credentials[CONTROLLER]
    async with broker.client(NODE) as node:
        await node.subscribe(f"{SITE}/cmd/{NODE}/+")
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls_context(who))
        writer.write(packets.connect("raw", who.username, who.password))
        assert (await reader.readexactly(4))[::3] == b"\x20\x00"
        writer.write(packets.publish_header(f"{SITE}/cmd/{NODE}/mute", 200_000))
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert not len(node.messages)


def test_the_shipped_files_name_each_other():
    configuration = (MOSQUITTO / "mosquitto.conf").read_text(encoding="utf-8")
    named = set(re.findall(r"/etc/mosquitto/undertone/(\S+)", configuration))
    guide = (MOSQUITTO / "README.md").read_text(encoding="utf-8")
    assert all(name in guide for name in named)
    rules = (MOSQUITTO / "acl.conf").read_text(encoding="utf-8")
    assert set(re.findall(r"^user (\S+)", rules, re.MULTILINE)) == set(ROLES)
    assert all(f"`{role}`" in guide for role in ROLES)


def test_the_matrix_knows_every_topic_of_the_contract():
    contract = (MOSQUITTO.parents[1] / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
    subjects = set(re.findall(r"address: \S+/conv/\{conversation\}/(\S+)", contract))
    assert {topic.split("/", 5)[5] for topic in PEOPLE} == subjects
    assert {topic for topic in PEOPLE if "/transcript/" in topic} == WORDS
