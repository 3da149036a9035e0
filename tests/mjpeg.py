"""A network camera: an HTTP server on this machine that sends pictures, as many cheap cameras do."""

import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np


class NetworkCamera(ThreadingHTTPServer):
    """Sends one picture over and over.

    Attributes:
        picture: What it sees.
        hangs: It takes connections and says nothing.
        frozen: It sends no picture any more, and does not hang up either.
        credentials: What it asks for, as `user:password`; None lets everybody in.
        pictures_each: After so many pictures it closes the connection; None for never.
        port: Where it is.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, picture: np.ndarray, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.picture = picture
        self.hangs = self.frozen = False
        self.credentials: str | None = None
        self.pictures_each: int | None = None
        self.port = self.server_address[1]
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video.mjpg"

    def handle_error(self, request, client_address) -> None:
        """Whoever hung up does not matter."""


class _Handler(BaseHTTPRequestHandler):
    server: NetworkCamera

    def do_GET(self) -> None:
        camera = self.server
        if camera.hangs:
            camera.over.wait(30)
            return
        expected = None if camera.credentials is None else b64encode(camera.credentials.encode()).decode()
        if expected is not None and self.headers.get("Authorization") != f"Basic {expected}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        sent = 0
        while not camera.over.is_set() and (camera.pictures_each is None or sent < camera.pictures_each):
            jpeg = cv2.imencode(".jpg", camera.picture)[1].tobytes()
            self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg))
            self.wfile.write(jpeg + b"\r\n")
            sent += 1
            time.sleep(0.03)
            while camera.frozen and not camera.over.is_set():
                time.sleep(0.03)

    def log_message(self, *_) -> None:
        """A test's output is not the place."""


@contextmanager
def network_camera(picture: np.ndarray, port: int = 0) -> Iterator[NetworkCamera]:
    """A camera that answers while the block runs."""
    camera = NetworkCamera(picture, port)
    thread = threading.Thread(target=camera.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield camera
    finally:
        camera.over.set()
        camera.shutdown()
        thread.join()
        camera.server_close()
