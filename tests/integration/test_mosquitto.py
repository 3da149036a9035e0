"""What only a broker of its own can ask for: a password, and TLS."""

import asyncio
import dataclasses
import gc

import pytest

from edge.mqtt.client import MqttVersion
from edge.mqtt.trust import Credentials
from edge.publishers import mqtt
from edge.watch.subscriber import subscribe
from model.errors import BrokerError
from tests.conversation_events import node_info, short_conversation
from tests.mosquitto import running_mosquitto

VERSIONS = list(MqttVersion)


def publisher(url, credentials, version):
    settings = mqtt.Settings(
        url=url,
        protocol=version,
        username=credentials.username,
        password=credentials.password,
        ca_file=credentials.ca_file,
    )
    return mqtt.create(settings, node_info())


async def told(broker, version):
    """Subjects of the events that a subscriber gets of a short conversation."""
    async with subscribe(broker.url, credentials=broker.credentials, version=version) as messages:
        one = publisher(broker.url, broker.credentials, version)
        await one.open()
        for event in short_conversation():
            await one.publish(event)
        await one.close()
        subjects = []
        async for message in messages:
            subjects.append(message.place.subject)
            if message.payload.get("status") == "stopped":
                return subjects
    raise AssertionError("the subscription ended")


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_knows_the_password_is_let_in_and_nobody_else(version, mosquitto_folder):
    async with running_mosquitto(mosquitto_folder, password=True) as broker:
        assert (await told(broker, version)).count("emotion") == 2
        for credentials in (Credentials(), Credentials("ann", "wrong")):
            one = publisher(broker.url, credentials, version)
            with pytest.raises(BrokerError, match="Check username and password"):
                await one.open()
            await one.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_certificate_is_trusted_when_its_authority_is_named(version, mosquitto_folder):
    async with running_mosquitto(mosquitto_folder, password=True, tls=True) as broker:
        assert (await told(broker, version)).count("cause") == 2


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
async def test_a_certificate_that_nobody_vouches_for_is_refused(mosquitto_folder):
    async with running_mosquitto(mosquitto_folder, tls=True) as broker:
        stranger = dataclasses.replace(broker.credentials, ca_file=None)
        one = publisher(broker.url, stranger, MqttVersion.V5)
        with pytest.raises(BrokerError, match=r"no trusted connection.*set ca_file"):
            await one.open()
        await one.close()
    del one
    gc.collect()  # paho leaves a socket that it could not trust to the collector


NO_WORDS = """topic readwrite undertone/v1/home/node/#
topic read undertone/v1/#
topic write undertone/v1/home/conv/+/lifecycle
topic write undertone/v1/home/conv/+/meta
topic write undertone/v1/home/conv/+/state
topic write undertone/v1/home/conv/+/emotion
topic write undertone/v1/home/conv/+/cause"""


async def test_what_the_access_list_denies_holds_nothing_up_and_is_counted(mosquitto_folder, caplog):
    async with (
        running_mosquitto(mosquitto_folder, acl=NO_WORDS) as broker,
        subscribe(broker.url, credentials=broker.credentials, version=MqttVersion.V5) as messages,
    ):
        one = publisher(broker.url, broker.credentials, MqttVersion.V5)
        await one.open()
        *events, end = short_conversation()
        for event in events:
            await one.publish(event)
        lost = {}
        async with asyncio.timeout(10):
            async for message in messages:
                lost[message.place.subject] = message.payload
                if message.payload.get("event") == "gap":
                    break
        await one.publish(end)
        await one.close()
    assert {"emotion", "cause"} <= lost.keys()
    assert "transcript/final" not in lost
    assert lost["lifecycle"]["lost"]["messages"] >= 1
    assert "refused" in lost["lifecycle"]["reason"]
    assert "look into its access list" in caplog.text
