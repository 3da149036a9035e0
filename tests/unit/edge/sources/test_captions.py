"""Captions of a file at their own time and at once, and captions that are still being written."""

import asyncio
import os
from pathlib import Path
from typing import Self

import pytest

from edge.sources.captions import Captions, Settings, create
from model.errors import SourceError
from realtime.clock import SystemClock
from realtime.events import Event, Quiet, SpeakerIdentified, Transcript
from tests.fakes import ManualClock

MEETING = """WEBVTT

00:01.000 --> 00:02.000
<v Ann>Hello.

00:05.500 --> 00:06.000
<v Bob>Hi.
"""


@pytest.fixture
def meeting(tmp_path) -> Path:
    path = tmp_path / "meeting.vtt"
    path.write_text(MEETING)
    return path


async def everything(source: Captions) -> tuple[list[Event], Exception | None]:
    """All events, and what ended them."""
    events: list[Event] = []
    await source.open()
    try:
        async for event in source.events():
            events.append(event)  # noqa: PERF401 - what came before a failure counts
    except SourceError as error:
        return events, error
    finally:
        await source.close()
    return events, None


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Transcript)]


@pytest.mark.parametrize("fast", [True, False])
async def test_each_comes_with_its_speaker_and_the_silence_before_it(meeting, fast):
    events, failure = await everything(create(Settings(path=meeting, fast=fast), ManualClock()))
    assert failure is None
    assert [type(event) for event in events] == [SpeakerIdentified, Transcript] + [Quiet] * 3 + [
        SpeakerIdentified,
        Transcript,
    ]
    assert [event.until_s for event in events if isinstance(event, Quiet)] == [3.0, 4.0, 5.0]


async def test_at_its_own_time_each_comes_when_it_ends(meeting):
    clock = ManualClock(100.0)
    source = create(Settings(path=meeting), clock)
    await source.open()
    moments = [(clock.now_s(), event.latency.spoken_at) async for event in source.events() if texts([event])]
    await source.close()
    assert moments == [(102.0, 102.0), (106.0, 106.0)]


async def test_fast_waits_for_nothing(meeting):
    clock = ManualClock(100.0)
    await everything(create(Settings(path=meeting, fast=True), clock))
    assert clock.now_s() == 100.0


@pytest.mark.parametrize(
    "content, kept, said",
    [
        ("", [], "holds no captions"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]\n", [], "holds no captions"),
        (MEETING + "\nrubbish\n", ["Hello.", "Hi."], "meeting.vtt, line 9: a cue with times such as"),
        (MEETING + "\n00:07.000 --> 00:06.000\nno\n", ["Hello.", "Hi."], "line 9: the end"),
        (MEETING.replace("Hi.", "H\udcffi."), ["Hello."], "line 7: byte 9 (0xff) is not UTF-8"),
        ("\ufeff".join(MEETING), [], "line 1: a first line with WEBVTT is expected"),
    ],
)
async def test_what_is_wrong_comes_after_what_was_before_it(meeting, content, kept, said):
    meeting.write_bytes(content.encode(errors="surrogateescape"))
    events, failure = await everything(create(Settings(path=meeting, fast=True), ManualClock()))
    assert texts(events) == kept
    assert said in str(failure)
    assert "\n" not in str(failure)


@pytest.mark.parametrize("name", ["nowhere.vtt", "."])
@pytest.mark.parametrize("follow", [True, False])
async def test_a_file_that_is_none_is_refused(tmp_path, name, follow):
    source = create(Settings(path=tmp_path / name, follow=follow), ManualClock())
    with pytest.raises(SourceError, match=r"cannot be read|is no file"):
        await source.open()
    await source.close()


async def test_a_suffix_goes_before_the_first_line_and_the_setting_before_both(tmp_path):
    path = tmp_path / "meeting.srt"
    path.write_text(MEETING)
    _, failure = await everything(create(Settings(path=path, fast=True), ManualClock()))
    assert "line 1" in str(failure)
    events, _ = await everything(create(Settings(path=path, fast=True, format="webvtt"), ManualClock()))
    assert texts(events) == ["Hello.", "Hi."]
    path.rename(tmp_path / "notes.txt")
    events, _ = await everything(create(Settings(path=tmp_path / "notes.txt", fast=True), ManualClock()))
    assert texts(events) == ["Hello.", "Hi."]


class Following:
    """A source that follows a file; `said` grows as it does."""

    def __init__(self, path: Path) -> None:
        self.said: list[str] = []
        self._source = create(Settings(path=path, follow=True, hold_s=0.05), SystemClock())
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._source.open()
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._source.close()
        await asyncio.wait_for(self._task, 2.0)

    async def heard(self, *texts: str) -> None:
        async with asyncio.timeout(5.0):
            while self.said != list(texts):  # noqa: ASYNC110 - the source knows nothing of the test
                await asyncio.sleep(0.01)

    async def _follow(self) -> None:
        async for event in self._source.events():
            self.said += texts([event])


def cue(second: int, text: str) -> str:
    return f"00:{second:02d}.000 --> 00:{second + 1:02d}.000\n{text}\n\n"


async def test_a_file_that_grows_is_read_on(meeting):
    async with Following(meeting) as following:
        await following.heard("Hello.", "Hi.")
        with meeting.open("a") as file:
            file.write("\n00:07.000 --> 00:0")
            file.flush()
            await asyncio.sleep(0.3)
            file.write("8.000\nWell.\n")
        await following.heard("Hello.", "Hi.", "Well.")


async def test_a_file_that_is_cut_or_replaced_is_read_from_its_start(meeting):
    async with Following(meeting) as following:
        await following.heard("Hello.", "Hi.")
        meeting.write_text("WEBVTT\n\n" + cue(7, "Cut."))
        await following.heard("Hello.", "Hi.", "Cut.")
        meeting.rename(meeting.with_name("old.vtt"))
        await asyncio.sleep(0.3)
        with meeting.with_name("old.vtt").open("a") as old:
            old.write(cue(8, "Late."))
        await following.heard("Hello.", "Hi.", "Cut.", "Late.")
        meeting.write_text("WEBVTT\n\n" + cue(9, "New."))
        await following.heard("Hello.", "Hi.", "Cut.", "Late.", "New.")


async def test_an_idle_file_is_hardly_looked_at(meeting):
    async with Following(meeting) as following:
        await following.heard("Hello.", "Hi.")
        before = os.times()
        await asyncio.sleep(1.0)
        after = os.times()
    assert after.user + after.system - before.user - before.system < 0.2
