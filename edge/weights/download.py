"""Fetching one large file: it goes on where it was broken off, and counts only if its hash is right."""

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from edge.weights.digest import Digest
from edge.weights.trouble import check_room
from model.errors import FetchError, LostError
from realtime.recognition.weights import PARTIAL

Progress = Callable[[str, int, int | None], None]
"""Told a file's name, how many of its bytes are here, and of how many, where that is known."""

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0
_ATTEMPTS = 5  # in a row without a single byte
_FIRST_PAUSE_S = 0.5
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to be fetched.

    Attributes:
        name: What it is called here.
        url: Where it is.
        digest: What it must be.
        size: Bytes, where that is known beforehand.
    """

    name: str
    url: str
    digest: Digest
    size: int | None = None


class UnreachableError(LostError):
    """Nobody answers at the other end: there is no network, no such host, or a proxy forbids it."""


class _MisplacedError(LostError):
    """What is here in part is longer than the file: it is another one's."""


def request(url: str, start: int = 0) -> http.client.HTTPResponse:
    """The open answer to a GET; the caller closes it.

    Args:
        url: What to get.
        start: Without its first bytes, so many.

    Raises:
        LostError: The connection broke or the server is busy (it may work in a moment), or cannot be reached.
        FetchError: The server refuses.
    """
    headers = {"User-Agent": f"undertone/{version('undertone')}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310 - the catalogue's, or a mirror the user named
    host = urlsplit(url).hostname
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(asked, timeout=_TIMEOUT_S)  # noqa: S310 - the same
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(error, f"{host} answers {error.code} {error.reason}", url) from error
    except urllib.error.URLError as error:
        raise UnreachableError(f"{host} cannot be reached ({error.reason})") from error
    except (OSError, http.client.HTTPException) as error:
        raise LostError(_reason(error)) from error
    return answer


def _refusal(error: urllib.error.HTTPError, said: str, url: str) -> LostError | FetchError:
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _MisplacedError(said)
    if error.code == HTTPStatus.TOO_MANY_REQUESTS or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return LostError(said)
    return FetchError(f"{said} for {url}", "It may have moved: look for a newer undertone")


def download(file: RemoteFile, folder: Path, progress: Progress) -> Path:
    """The whole file in the folder, under its name, checked; what is there of it already is not fetched again.

    Args:
        file: What to fetch.
        folder: It is there.
        progress: Told after every piece.

    Raises:
        UnreachableError: There is no way to the server.
        FetchError: No room, a refusal, a connection that keeps breaking, or not the promised file.
        OSError: It cannot be written.
    """
    path = folder / file.name
    if path.is_file() and file.digest.matches(path):
        progress(file.name, path.stat().st_size, path.stat().st_size)
        return path
    part = folder / (file.name + PARTIAL)
    if file.size is None or _size(part) != file.size:
        _fetch(file, part, progress)
    if not file.digest.matches(part):
        part.unlink()
        raise FetchError(
            f"what came from {file.url} has another hash than it should have, and is deleted",
            "Try again; if it stays so, something on the way changes it, such as a proxy or a sign-in page",
        )
    part.replace(path)
    return path


def _fetch(file: RemoteFile, part: Path, progress: Progress) -> None:
    """Fetch until the part is whole, starting again where it broke off, as long as anything comes."""
    failures = 0
    came = False
    while True:
        before = _size(part)
        try:
            _append(file, part, progress)
        except LostError as error:
            more = _size(part) > before
            came = came or more
            failures = 0 if more else failures + 1
            if isinstance(error, UnreachableError) and not came:
                raise
            if failures == _ATTEMPTS:
                raise FetchError(
                    f"the connection keeps breaking off ({error}); {_size(part) / 1e6:.0f} MB of {file.name} are here",
                    "Try again later: it goes on where it stopped",
                ) from error
            time.sleep(_FIRST_PAUSE_S * 2**failures)
        else:
            return


def _append(file: RemoteFile, part: Path, progress: Progress) -> None:
    """Fetch what is missing in one go. Raises LostError where it breaks off."""
    try:
        answer = request(file.url, _size(part))
    except _MisplacedError:
        part.unlink()
        raise
    with closing(answer):
        start, total = _place(answer, _size(part))
        if total is not None:
            check_room(part.parent, total - start)
        _write(file.name, answer, part, start, total, progress)


def _place(answer: http.client.HTTPResponse, asked: int) -> tuple[int, int | None]:
    """Where what comes belongs in the file, and how long the whole file is."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        length = answer.headers.get("Content-Length")
        return 0, int(length) if length else None
    found = _RANGE.match(answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != asked:
        raise FetchError(f"{answer.url} answers with another piece than was asked for")
    return asked, None if found[2] == "*" else int(found[2])


def _write(
    name: str, answer: http.client.HTTPResponse, part: Path, start: int, total: int | None, progress: Progress
) -> None:
    done = start
    with part.open("ab" if start else "wb") as out:
        while chunk := _read(answer):
            out.write(chunk)
            done += len(chunk)
            progress(name, done, total)
        out.flush()
        os.fsync(out.fileno())
    if total is not None and done < total:
        raise LostError(f"{(total - done) / 1e6:.1f} MB are missing")


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise LostError(_reason(error)) from error


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
