"""The shell around a recogniser's process: start it, talk to it without blocking, notice its death, end it."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import realtime
from model.errors import LostError
from realtime.recognition.framing import PREFIX, Message, body_length, pack, unpack

_LOG = logging.getLogger(__name__)
_ROOT = str(Path(realtime.__file__).parents[1])
_BUFFERED_BYTES = 128 * 1024  # 4 s of sound on our side of the pipe, before whoever sends more must wait
_GOODBYE_S = 1.0


class RecogniserProcess:
    """One run of a Python module that reads messages from its standard input and answers on its standard output.

    It is a plain child: when we die, its input ends and so does it. Signals typed at the terminal do not reach it,
    because it has a session of its own.

    Args:
        module: What `python -m` runs.
        settings: Its first message.
        on_message: Called with every answer.
        on_exit: Called once when it is gone without having been asked to go, with what it said last.
    """

    def __init__(
        self, module: str, settings: Message, on_message: Callable[[Message], None], on_exit: Callable[[str], None]
    ) -> None:
        self._module = module
        self._settings = settings
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._last_words = ""
        self._closing = False

    @property
    def backlog_bytes(self) -> int:
        """What waits on our side of the pipe because the process is behind."""
        stdin = self._process.stdin if self._process else None
        return stdin.transport.get_write_buffer_size() if stdin else 0

    async def start(self) -> None:
        """Start it and hand it its settings.

        Raises:
            LostError: The system refuses to start another process.
        """
        # It finds what we find, and (-P) nothing that happens to lie in the current folder.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, *sys.path]))}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", self._module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise LostError(f"it cannot be started ({error})") from error
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise RuntimeError("a process without pipes")
        stdin.transport.set_write_buffer_limits(high=_BUFFERED_BYTES)
        stdin.write(pack(self._settings))
        self._tasks = [asyncio.create_task(self._read(stdout)), asyncio.create_task(self._log(stderr))]

    async def send(self, message: Message, payload: bytes = b"") -> None:
        """Put a message into the pipe; waits only while the process is seconds behind.

        Raises:
            LostError: It is gone.
        """
        stdin = self._process.stdin if self._process else None
        if stdin is None or stdin.is_closing():
            raise LostError("the recogniser's process is gone")
        try:
            stdin.write(pack(message, payload))
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise LostError("the recogniser's process is gone") from error

    def kill(self) -> None:
        """End it and all its own children at once; `on_exit` is called when it is gone."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # it and its children were gone already
                os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End it, gently at first. May be called twice, and at any moment."""
        self._closing = True
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _GOODBYE_S)
        except TimeoutError:
            self.kill()
            await process.wait()
        await asyncio.gather(*self._tasks)

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        try:
            while True:
                prefix = await stdout.readexactly(PREFIX)
                message, _ = unpack(prefix, await stdout.readexactly(body_length(prefix)))
                self._on_message(message)
        except asyncio.IncompleteReadError:
            pass  # its output ended: it is gone, or about to be
        await self._reap()

    async def _reap(self) -> None:
        process = self._process
        if process is None or self._closing:
            return
        code = await process.wait()
        self.kill()
        await self._tasks[1]
        if not self._closing:
            self._on_exit(f"ended with code {code}{': ' + self._last_words if self._last_words else ''}")

    async def _log(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self._last_words = line.decode(errors="replace").strip() or self._last_words
            _LOG.warning("%s: %s", self._module, self._last_words)
