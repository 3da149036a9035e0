"""A web server on this machine that gives files, and breaks off, refuses or lies when a test wants it to."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """What it has, what it was asked for, and how it misbehaves.

    Attributes:
        files: Contents by path.
        asked: Path and `Range` of every GET so far.
        breaks: How many bytes are sent before the connection breaks, for one answer each.
        ranges: Whether it can begin in the middle.
        refusals: Statuses of the next answers, instead of a file.
        holds: Answers whose path ends so wait after their first half, until `go_on` is set.
    """

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.breaks: list[int] = []
        self.ranges = True
        self.refusals: list[int] = []
        self.holds: str | None = None
        self.go_on = threading.Event()
        self.half_sent = threading.Event()
        self.url = ""

    def repository(
        self, name: str, files: dict[str, bytes], large: tuple[str, ...] = (), revision: str = "main"
    ) -> dict[str, object]:
        """Give files as the Hugging Face Hub gives a repository; what it says of them may be changed."""
        commit = "c" * 40
        for path, content in files.items():
            self.files[f"/{name}/resolve/{commit}/{path}"] = content
        siblings = [self._sibling(path, content, path in large) for path, content in files.items()]
        listing = {"id": name, "sha": commit, "siblings": siblings}
        self.say(name, listing, revision)
        return listing

    def say(self, name: str, listing: object, revision: str = "main") -> None:
        self.files[f"/api/models/{name}/revision/{revision}?blobs=true"] = json.dumps(listing).encode()

    @staticmethod
    def _sibling(path: str, content: bytes, large: bool) -> dict[str, object]:
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return {"rfilename": path, "size": len(content), "blobId": git} | ({"lfs": lfs} if large else {})


class _Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_error(405)

    def do_GET(self):
        served = self.server.served
        served.asked.append((self.path, self.headers.get("Range")))
        if served.refusals:
            self.send_error(served.refusals.pop(0))
        elif self.path not in served.files:
            self.send_error(404)
        else:
            with suppress(ConnectionError):  # whoever asked is gone
                self._give(served, served.files[self.path])

    def _give(self, served, content):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and served.ranges else 0
        if start >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._send(served, content[start:])

    def _send(self, served, content):
        if served.breaks:
            self.wfile.write(content[: served.breaks.pop(0)])
            self.close_connection = True
            return
        half = len(content) // 2
        self.wfile.write(content[:half])
        if served.holds is not None and self.path.endswith(served.holds):
            self.wfile.flush()
            served.half_sent.set()
            served.go_on.wait(30)
        self.wfile.write(content[half:])

    def log_message(self, *args):
        pass


@contextmanager
def serving() -> Iterator[FileServer]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    http.served = server = FileServer()
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        http.shutdown()
        thread.join()
        http.server_close()
