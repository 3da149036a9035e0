"""`/metrics`, `/healthz` and `/readyz` over HTTP, served by threads of their own: also while the event loop stands."""

import asyncio
import concurrent.futures
import json
import logging
import math
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final, TypeVar

from edge.monitoring.figures import Figures
from edge.monitoring.prometheus import exposition
from edge.monitoring.settings import MonitoringSettings
from model.errors import SettingsError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_PLAIN: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"
_STALLED_S: Final = 2.0  # an event loop that does not answer for so long stands
_REQUEST_S: Final = 10.0
_LOOK_S: Final = 0.1
_AT_ONCE: Final = 16  # connections; every one is a thread


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about a running node; asked on its event loop.

    Attributes:
        figures: How it is doing; None before that can be said.
        unready: Why it does not listen and publish now; empty when it does.
    """

    figures: Callable[[], Awaitable[Figures | None]]
    unready: Callable[[], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = _PLAIN


class MonitoringServer:
    """Answers HTTP requests about the node whose event loop it was opened on.

    Args:
        settings: Where to listen; its port is not None.
        subject: What is asked.
        stalled_s: After how long without an answer the event loop stands, seconds.
        request_s: How long a connection may take, from its beginning to its end, seconds.
    """

    def __init__(
        self,
        settings: MonitoringSettings,
        subject: Subject,
        stalled_s: float = _STALLED_S,
        request_s: float = _REQUEST_S,
    ) -> None:
        self._settings = settings
        self._subject = subject
        self._stalled_s = stalled_s
        self._request_s = request_s
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens at, once open."""
        if self._server is None:
            raise RuntimeError("not open")
        return int(self._server.server_address[1])

    async def open(self) -> None:
        """Listen.

        Raises:
            SettingsError: The port is taken, or the address is none of this machine's.
        """
        host, port = self._settings.host, self._settings.port or 0
        node = _Node(asyncio.get_running_loop(), self._subject, self._stalled_s)
        try:
            family = (await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))[0][0]
            self._server = _Server(family, (host, port), node, self._request_s)
        except OSError as error:
            raise SettingsError(
                f"the figures cannot be served at {host} port {port}: {error.strerror}",
                "Set monitoring.port to a free one (0 picks any), and monitoring.host to an address of this machine",
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_LOOK_S,), name="monitoring", daemon=True
        )
        self._thread.start()

    async def close(self) -> None:
        """Take no more requests, and end those that are under way. May be called twice."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        await asyncio.to_thread(server.end)
        await asyncio.to_thread(thread.join)


class _Node:
    """The node, asked from another thread than its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, subject: Subject, stalled_s: float) -> None:
        self._loop = loop
        self._subject = subject
        self._stalled_s = stalled_s

    def answer(self, path: str, accepted: str) -> _Answer:
        """The answer to a request for a path."""
        try:
            match path.partition("?")[0]:
                case "/metrics":
                    return self._metrics(accepted)
                case "/healthz":
                    self._ask(_nothing())
                    return _Answer(HTTPStatus.OK, b"alive\n")
                case "/readyz":
                    return self._ready()
                case _:
                    return _Answer(HTTPStatus.NOT_FOUND, b"there are /metrics, /healthz and /readyz\n")
        except TimeoutError:
            stalled = f"the event loop has not answered for {self._stalled_s:g} s\n"
            return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, stalled.encode())

    def _metrics(self, accepted: str) -> _Answer:
        figures = self._ask(self._figures())
        if figures is None:
            return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"still loading\n")
        return _Answer(HTTPStatus.OK, *exposition(figures, accepted))

    def _ready(self) -> _Answer:
        reasons = self._ask(self._unready())
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        said = json.dumps({"ready": not reasons, "reasons": list(reasons)}, ensure_ascii=False)
        return _Answer(status, f"{said}\n".encode(), _JSON)

    async def _figures(self) -> Figures | None:
        return await self._subject.figures()

    async def _unready(self) -> tuple[str, ...]:
        return self._subject.unready()

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            asked = asyncio.run_coroutine_threadsafe(question, self._loop)
        except RuntimeError as closed:
            question.close()
            raise TimeoutError from closed
        try:
            return asked.result(self._stalled_s)
        except concurrent.futures.CancelledError as ending:
            raise TimeoutError from ending
        except TimeoutError:
            asked.cancel()
            raise


async def _nothing() -> None:
    """What only a loop that goes round can run."""


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: "_Server"
    server_version = "undertone"
    sys_version = ""

    def setup(self) -> None:
        """Wait for nothing longer than a whole request may take."""
        super().setup()
        self.connection.settimeout(self.server.request_s)

    def do_GET(self) -> None:
        """Answer with a body."""
        answer = self._answer()
        self.wfile.write(answer.body)

    def do_HEAD(self) -> None:
        """Answer without one."""
        self._answer()

    def _answer(self) -> _Answer:
        answer = self.server.node.answer(self.path, self.headers.get("Accept", ""))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        return answer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: whoever asks is no business of the log."""


class _Server(ThreadingHTTPServer):
    """A thread per connection, so many at once, none for longer than a request may take."""

    daemon_threads = False  # `server_close` waits for them
    request_queue_size = 2 * _AT_ONCE

    def __init__(self, family: int, address: tuple[str, int], node: _Node, request_s: float) -> None:
        self.address_family = family
        self.node = node
        self.request_s = request_s
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, float] = {}
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002 - the library's types
        """Whether there is room for another connection."""
        with self._lock:
            if len(self._connections) >= _AT_ONCE:
                return False
            self._connections[request] = time.monotonic()
            return True

    def service_actions(self) -> None:
        """Cut connections whose request takes too long; called several times a second."""
        self._cut(before=time.monotonic() - self.request_s)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Forget a connection that is over."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        """A reader that went away in the middle is its own affair; everything else is a bug."""
        if not isinstance(sys.exception(), OSError):
            _LOG.error("a request for figures failed", exc_info=True)

    def end(self) -> None:
        """Take no more, cut what is under way, and let the port go."""
        self.shutdown()
        self._cut(before=math.inf)
        self.server_close()

    def _cut(self, before: float) -> None:
        with self._lock:
            late = [connection for connection, since in self._connections.items() if since < before]
        for connection in late:
            with suppress(OSError):  # the other side was faster
                connection.shutdown(socket.SHUT_RDWR)
