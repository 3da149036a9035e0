"""One connection to a broker, and what its refusals mean."""

import logging
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import aiomqtt

from edge.mqtt.address import BrokerAddress
from edge.wire.message import Message
from model.errors import BrokerError

WINDOW: Final = 10
"""Messages on their way at once; the client library sends no more before the first is acknowledged.

With MQTT 5 a broker hangs up on who sends more than it allows, and the library does not ask: Mosquitto allows 20, some
others 10.
"""

_CONNECTED_S: Final = 2.0
_ANSWER_S: Final = 5.0
_INCOMING: Final = 10_000
_START_ONE: Final = "Start one there, or undertone run with publisher.broker: embedded, which brings its own"
_LOG = logging.getLogger(__name__)


class MqttVersion(StrEnum):
    """The version of MQTT that is spoken; nothing that matters needs the newer one."""

    V3_1_1 = "3.1.1"
    V5 = "5"


_PROTOCOLS: Final = {
    MqttVersion.V3_1_1: aiomqtt.ProtocolVersion.V311,
    MqttVersion.V5: aiomqtt.ProtocolVersion.V5,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we show who we are, and whom we trust; the system's authorities where `ca_file` is None."""

    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None


def new_client(
    address: BrokerAddress,
    credentials: Credentials,
    version: MqttVersion,
    identifier: str,
    keepalive_s: int,
    will: Message | None = None,
) -> aiomqtt.Client:
    """A client for one connection, not yet connected. Messages leave at once (TCP_NODELAY), sessions begin afresh.

    Raises:
        BrokerError: The file with the trusted authorities cannot be read.
    """
    client = aiomqtt.Client(
        address.host,
        address.port,
        username=credentials.username,
        password=credentials.password,
        identifier=identifier,
        will=None if will is None else aiomqtt.Will(will.topic, will.payload, will.qos, will.retain),
        protocol=_PROTOCOLS[version],
        clean_session=True if version is MqttVersion.V3_1_1 else None,  # 5 has a flag of its own, which starts afresh
        timeout=_ANSWER_S,
        keepalive=keepalive_s,
        max_inflight_messages=WINDOW,
        max_queued_incoming_messages=_INCOMING,
        tls_context=_tls(credentials) if address.tls else None,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        logger=_LOG,
    )
    client.pending_calls_threshold = WINDOW
    # Connecting runs in a thread that nobody can interrupt, and Ctrl-C would wait for it.
    client._client.connect_timeout = _CONNECTED_S  # noqa: SLF001 - aiomqtt has no parameter for it
    return client


def refusal(address: BrokerAddress, error: aiomqtt.MqttError) -> BrokerError:
    """Why the first connection failed and what to do about it."""
    if isinstance(error, aiomqtt.MqttCodeError):
        words = str(error).partition("] ")[2] or str(error)
        if "uthori" in words or "user name" in words:
            return BrokerError(f"the broker at {address} refuses us: {words}", "Check username and password")
        if "protocol version" in words:
            return BrokerError(
                f"the broker at {address} refuses us: {words}", "Set protocol to the other one, 3.1.1 or 5"
            )
        return BrokerError(f"the broker at {address} refuses us: {words}", "Look into the broker's log")
    if "timed out" in str(error):
        return BrokerError(f"nothing answers at {address}", _START_ONE)
    if "CERTIFICATE" in str(error) or "SSL" in str(error):
        return BrokerError(f"no trusted connection to {address}: {error}", "Check ca_file, or the broker's certificate")
    return BrokerError(f"no broker at {address}: {error}", _START_ONE)


def _tls(credentials: Credentials) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=credentials.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(f"cannot read certificates from {credentials.ca_file}: {error}", "Check ca_file") from error
