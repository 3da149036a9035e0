import logging

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.mqtt.bounds import LONGEST_PACKET, ROOM, Inbox, cut_packets
from edge.wire.reading import LONGEST, read_object

EXTRA = 16 * 1024  # read before it is cut


class Stream:
    """A socket that gives a packet in pieces, made as they are asked for."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head = head
        self._left = size

    def recv(self, size: int) -> bytes:
        if self._head:
            given, self._head = self._head[:size], self._head[size:]
            return given
        given = min(size, self._left)
        self._left -= given
        return b"x" * given


def received(topic: bytes, size: int) -> tuple[bytes, int]:
    """The payload of a message whose payload had that size, and the most that was held of its packet."""
    client = Client(CallbackAPIVersion.VERSION2)
    payloads, held = [], 0
    client.on_message = lambda *what: payloads.append(what[2].payload)
    remaining = 2 + len(topic) + size
    length = bytes(
        (remaining >> 7 * place & 0x7F) | (0x80 if remaining >> 7 * (place + 1) else 0) for place in range(4)
    )
    length = length[: next(place for place in range(4) if not length[place] & 0x80) + 1]
    stream = Stream(b"\x30" + length + len(topic).to_bytes(2, "big") + topic, size)
    client._sock = stream
    client._sockpairR = None
    cut_packets(client, lambda complaint: None)
    while not payloads:
        client._packet_read()
        held = max(held, len(client._in_packet["packet"]))
    client._sock = None
    return payloads[0], held


@pytest.mark.parametrize("size", [0, 1, LONGEST, LONGEST_PACKET, 200 * 1024 * 1024])
@pytest.mark.parametrize("topic", [b"a", b"t" * 65_535])
def test_of_a_packet_however_long_only_the_beginning_is_held(topic, size):
    payload, held = received(topic, size)
    assert held <= LONGEST_PACKET + EXTRA
    if 2 + len(topic) + size <= LONGEST_PACKET:
        assert payload == b"x" * size
    else:
        assert len(payload) > LONGEST  # what was cut is still too long for whoever reads it


def message(payload: bytes) -> aiomqtt.Message:
    return aiomqtt.Message("a/topic", payload, 0, False, 1, None)


async def test_a_flood_is_bounded_by_number_and_said_once(caplog):
    inbox = Inbox(100)
    with caplog.at_level(logging.WARNING):
        for _ in range(100_000):
            inbox.put_nowait(message(b"x"))
        assert (inbox.qsize(), inbox.dropped, len(caplog.records)) == (100, 99_900, 1)
        while not inbox.empty():
            inbox.get_nowait()
        assert [record.args for record in caplog.records[1:]] == [(99_900,)]
        inbox.put_nowait(message(b"x"))
        inbox.get_nowait()
        assert len(caplog.records) == 2


async def test_a_flood_of_long_messages_is_bounded_by_size():
    inbox, long = Inbox(10_000), message(bytes(LONGEST_PACKET))
    for _ in range(1_000):
        inbox.put_nowait(long)
    assert inbox.qsize() * LONGEST_PACKET <= ROOM
    assert inbox.dropped == 1_000 - inbox.qsize()
    inbox.get_nowait()
    inbox.put_nowait(message(b"there is room again"))
    assert inbox.dropped == 1_000 - inbox.qsize()


@given(st.binary(max_size=200))
def test_whatever_is_published_is_an_object_or_nothing(payload):
    assert isinstance(read_object(payload), dict | None)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * LONGEST,
        b'{"a":' * 10_000,
        b'{"a": ' + b"9" * 50_000 + b"}",
        b"\xff",
        b"{}" + b" " * LONGEST,
        None,
        "{}",
        3,
    ],
)
def test_what_is_too_deep_too_long_or_no_text_is_nothing(payload):
    assert read_object(payload) is None
