"""Captions as a source: a meeting that was written down, or is being written down; nothing is left to recognise."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from edge.captions.intake import STANDARD_INPUT, FollowedFile, Intake, StandardInput, open_file
from edge.captions.live import LiveCaptions
from edge.captions.reader import SUFFIXES, Format
from edge.captions.recorded import made_of
from edge.captions.speaking import Speaking
from edge.captions.utterances import Joining, Remark
from edge.sound.channels import Name
from edge.sound.waiting import wait_until
from model.errors import SourceError
from realtime.clock import Clock
from realtime.events import Event, Failure
from realtime.protocols import SourceInfo

T = TypeVar("T")

_BATCH = 64  # utterances that are made in one go


class Settings(Joining):
    """Which captions, and when what they say is taken for said."""

    path: Path = Field(description="The file: WebVTT, SubRip or JSON lines; - for standard input, as it comes.")
    format: Format | None = Field(
        default=None, description="webvtt, subrip or jsonl; null tells it from the name or the first line."
    )
    follow: bool = Field(default=False, description="Go on reading a file that is still being written, as it grows.")
    fast: bool = Field(
        default=False, description="As fast as it can be processed, instead of each caption at its own time."
    )
    hold_s: float = Field(
        default=1.0,
        ge=0.05,
        le=30.0,
        description="Live, the longest that an unfinished sentence waits for its next part, seconds.",
    )
    speakers: dict[str, Name] = Field(
        default={}, description="What people are called, where the captions call them otherwise: {SPEAKER_00: anna}."
    )

    @property
    def live(self) -> bool:
        """Whether captions are taken as they come."""
        return self.follow or self.path == STANDARD_INPUT


def create(settings: Settings, clock: Clock) -> "Captions":
    """The source for these settings; nothing is opened yet."""
    return Captions(settings, clock)


class Captions:
    """Utterances that others recognised.

    Of a file, each comes when it ends, or at once with `fast`; the first thing that cannot be read ends it, after
    everything before it. Live, they come as they arrive, and what cannot be read is reported and left out.

    Args:
        settings: Which captions.
        clock: For their pace and their arrival.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._speaking = Speaking(settings.speakers)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="captions")  # reads the file
        self._file: FileIO | None = None
        self._intake: Intake | None = None
        self._closed = asyncio.Event()

    async def open(self) -> SourceInfo:
        """Open the file.

        Raises:
            SourceError: It is not there or must not be read, or standard input is closed.
        """
        settings = self._settings
        path = settings.path.expanduser()
        if settings.live:
            self._intake = FollowedFile(path, self._clock) if settings.follow else StandardInput()
            await self._intake.open()
            return SourceInfo(self._intake.name, 0, words=True, live=True)
        await self._in_thread(lambda: self._open(path))
        return SourceInfo(path.name, 0, words=True)

    def events(self) -> AsyncGenerator[Event, None]:
        """`SpeakerIdentified` and `Transcript` per utterance, and `Quiet` between them.

        Raises:
            SourceError: After the last event: there was nothing in it, or it is malformed from there on.
        """
        return self._recorded() if self._intake is None else self._live(self._intake)

    async def close(self) -> None:
        """End the events and let the file go."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._intake is not None:
            await self._intake.close()
        self._thread.shutdown(wait=True)
        if self._file is not None:
            self._file.close()

    def _open(self, path: Path) -> None:
        self._file = open_file(path)

    async def _recorded(self) -> AsyncGenerator[Event, None]:
        """Utterances of a file, each when it is over."""
        began_at = self._clock.now_s()
        batches = self._batches()
        while not self._closed.is_set() and (batch := await self._in_thread(lambda: next(batches, []))):
            for made in batch:
                for end_s, event in self._timed(made, began_at):
                    await self._until(began_at + end_s)
                    if self._closed.is_set():
                        return
                    yield event

    def _timed(self, made: Remark | Failure, began_at: float) -> Iterator[tuple[float, Event]]:
        """Events, and the media time at which each is due."""
        if isinstance(made, Failure):
            yield 0.0, made
            return
        for quiet in self._speaking.silence(made.start_s):
            yield quiet.until_s, quiet
        moment = self._clock.now_s() if self._settings.fast else began_at + made.end_s
        for event in self._speaking.events(made, moment, moment):
            yield made.end_s, event

    def _batches(self) -> Iterator[list[Remark | Failure]]:
        """What the file says, so much at a time; everything before a failure is handed over before it."""
        if self._file is None:
            return
        batch: list[Remark | Failure] = []
        failure: SourceError | None = None
        try:
            for made in made_of(self._file, self._settings.path.name, self._kind(), self._settings):
                batch.append(made)
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
        except SourceError as error:
            failure = error
        if batch:
            yield batch
        if failure is not None:
            raise failure

    async def _live(self, intake: Intake) -> AsyncGenerator[Event, None]:
        """Utterances as they come, and the seconds in which none does."""
        captions = LiveCaptions(self._kind(), self._settings, self._settings.hold_s, self._speaking)
        reading = _reading(intake)
        try:
            while not self._closed.is_set():
                if not await self._there(reading, captions.due_at(self._clock.now_s())):
                    for event in captions.nothing_came(self._clock.now_s()):
                        yield event
                    continue
                piece = reading.result()
                if piece == b"":
                    break
                reading = _reading(intake)
                for event in captions.came(piece, self._clock.now_s()):
                    yield event
        finally:
            reading.cancel()
        if not self._closed.is_set():
            for event in captions.ended(self._clock.now_s()):
                yield event
            if not self._speaking.said:
                raise SourceError(f"there were no captions in {intake.name}", "See what is written there")

    async def _there(self, reading: asyncio.Task[bytes | None], moment: float) -> bool:
        """Whether something came before a moment."""
        waiting = asyncio.create_task(self._clock.sleep_until(moment), name="captions wait")
        try:
            await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return reading.done()

    async def _until(self, moment: float) -> None:
        if not self._settings.fast:
            await wait_until(self._clock, moment, self._closed.is_set)

    def _kind(self) -> Format | None:
        return self._settings.format or SUFFIXES.get(self._settings.path.suffix.lower())

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


def _reading(intake: Intake) -> asyncio.Task[bytes | None]:
    reading = asyncio.create_task(intake.read(), name="captions")
    # Whoever stops listening does not want to hear of a failure after that.
    reading.add_done_callback(lambda done: done.cancelled() or done.exception())
    return reading
