"""Figures and health over HTTP: right, also while the event loop stands, and whatever comes from outside."""

import asyncio
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.monitoring.server import MonitoringServer, Subject
from edge.monitoring.settings import MonitoringSettings
from model.errors import SettingsError
from tests.node_figures import figures

HOST = "127.0.0.1"


class Node:
    def __init__(self):
        self.reasons = ()
        self.loaded = True

    async def figures(self):
        return figures() if self.loaded else None

    def unready(self):
        return self.reasons


@asynccontextmanager
async def serving(node=None, **options):
    node = node or Node()
    server = MonitoringServer(MonitoringSettings(port=0), Subject(node.figures, node.unready), **options)
    await server.open()
    try:
        yield server.port
    finally:
        await server.close()


def get(port, path, method="GET"):
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - of our own server
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def raw(port, sent):
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        return answer


async def test_figures_are_those_of_the_moment():
    async with serving() as port:
        status, body = await asyncio.to_thread(get, port, "/metrics")
    assert status == 200
    assert "undertone_utterances" in {family.name for family in text_string_to_metric_families(body.decode())}


async def test_health_and_readiness():
    node = Node()
    async with serving(node) as port:
        assert await asyncio.to_thread(get, port, "/healthz") == (200, b"alive\n")
        status, body = await asyncio.to_thread(get, port, "/readyz?verbose")
        assert (status, json.loads(body)) == (200, {"ready": True, "reasons": []})
        node.reasons = ("no connection to the broker", "nothing is heard: unplugged")
        status, body = await asyncio.to_thread(get, port, "/readyz")
        assert (status, json.loads(body)) == (503, {"ready": False, "reasons": list(node.reasons)})
        node.loaded = False
        assert (await asyncio.to_thread(get, port, "/metrics"))[0] == 503
        assert (await asyncio.to_thread(get, port, "/"))[0] == 404
        assert await asyncio.to_thread(get, port, "/healthz", "HEAD") == (200, b"")


async def test_a_loop_that_stands_is_not_healthy():
    answers = []
    async with serving(stalled_s=0.1) as port:
        asking = threading.Thread(target=lambda: answers.extend(get(port, path) for path in ("/healthz", "/metrics")))
        asking.start()
        time.sleep(0.5)  # noqa: ASYNC251 - this is the fault
        await asyncio.to_thread(asking.join)
        assert [status for status, _ in answers] == [503, 503]
        assert b"has not answered" in answers[0][1]
        assert (await asyncio.to_thread(get, port, "/healthz"))[0] == 200


async def test_many_at_once_are_all_answered_or_turned_away():
    async with serving() as port:
        asked = await asyncio.gather(
            *(asyncio.to_thread(get, port, "/metrics") for _ in range(40)), return_exceptions=True
        )
        answered = [answer for answer in asked if not isinstance(answer, Exception)]
        assert all(isinstance(answer, tuple | OSError) for answer in asked)
        assert answered
        assert {status for status, _ in answered} == {200}
        assert (await asyncio.to_thread(get, port, "/healthz"))[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xff\xfe",
        b"GET /metrics\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET " + b"/x" * 40_000 + b" HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"POST /metrics HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /metrics HTTP/1.0\r\nAccept: \xff;;;q=\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.0\r\n\r\n",
    ],
)
async def test_nonsense_is_refused_and_harms_nobody(sent, caplog):
    async with serving() as port:
        try:
            answer = await asyncio.to_thread(raw, port, sent)
        except ConnectionError:  # it was cut while we still sent
            answer = b""
        assert b"root:" not in answer
        assert (await asyncio.to_thread(get, port, "/healthz"))[0] == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_whoever_is_slow_is_cut_off_and_keeps_nobody_waiting():
    async with serving(request_s=0.5) as port:
        began_at = time.monotonic()
        with socket.create_connection((HOST, port), timeout=5) as slow:
            slow.sendall(b"GET /met")
            assert (await asyncio.to_thread(get, port, "/healthz"))[0] == 200
            assert await asyncio.to_thread(slow.recv, 1) == b""
        assert time.monotonic() - began_at < 3


async def test_closing_cuts_what_is_under_way_and_leaves_nothing():
    before = set(threading.enumerate())
    async with serving() as port:
        held = socket.create_connection((HOST, port), timeout=5)
        held.sendall(b"GET /healthz HT")
        await asyncio.to_thread(get, port, "/healthz")
    held.close()
    left = {thread for thread in set(threading.enumerate()) - before if not thread.name.startswith("asyncio")}
    assert not left
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((HOST, port), timeout=1)


async def test_closing_twice_is_closing_once():
    node = Node()
    server = MonitoringServer(MonitoringSettings(port=0), Subject(node.figures, node.unready))
    await server.close()
    await server.open()
    await server.close()
    await server.close()


@pytest.mark.parametrize("host", [HOST, "192.0.2.1", "no such host"])
async def test_where_nothing_can_be_served_is_one_line_with_a_remedy(host):
    async with serving() as taken:
        node = Node()
        settings = MonitoringSettings(port=taken, host=host)
        with pytest.raises(SettingsError, match=rf"{host} port {taken}.*monitoring\.port") as refused:
            await MonitoringServer(settings, Subject(node.figures, node.unready)).open()
    assert "\n" not in str(refused.value)


def test_by_itself_nothing_is_served_and_only_this_machine_may_ask():
    assert MonitoringSettings().port is None
    assert MonitoringSettings().host == "127.0.0.1"
