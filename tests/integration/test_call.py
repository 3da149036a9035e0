"""A call for real: what is played into a room and what the sound card plays become two channels, in time."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from edge.demo.script import RECORDING_PATH
from edge.sound.pulse import PulseDevice
from edge.sources import call
from model.errors import SourceError
from realtime.clock import SystemClock
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap, Event, Health, PartHealth
from tests.sounds import joined, write
from tests.speech import line

pytestmark = pytest.mark.audio

OURS, THEIRS = 1, 4  # lines of the demo


@pytest.fixture
def desk(room, monkeypatch):
    """The room is the microphone of this process, and there are loudspeakers."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    room.speakers = room.add_sink("speakers")
    return room


async def listen(source: call.Call, until, within_s: float = 20.0) -> list[Event]:
    """Events of an opened source until `until(events)`; the source is closed then."""
    events: list[Event] = []
    try:
        async with asyncio.timeout(within_s):
            async for event in source.events():
                events.append(event)
                if until(events):
                    break
    finally:
        await source.close()
    return events


def media_s(events: list[Event]) -> float:
    return next((event.end_s for event in reversed(events) if isinstance(event, AudioFrame)), 0.0)


def healths(events: list[Event]) -> list[tuple[Health, str]]:
    return [(event.health, event.reason) for event in events if isinstance(event, PartHealth)]


def place(played: np.ndarray, captured: np.ndarray) -> tuple[float, float]:
    """(seconds into `captured` at which `played` begins, correlation there)."""
    size = 1 << (played.size + captured.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(captured, size) * np.fft.rfft(played, size).conj(), size)
    position = int(np.argmax(product[: captured.size]))
    found = captured[position : position + played.size]
    heard = played[: found.size]
    return position / SAMPLE_RATE_HZ, float(found @ heard / (np.linalg.norm(found) * np.linalg.norm(heard)))


def voice(folder: Path, number: int) -> tuple[np.ndarray, Path]:
    samples, _ = line(number)
    return samples, write(folder / f"line-{number}.wav", [samples])


@pytest.mark.parametrize(
    "settings", [{}, pytest.param({"local": "room.monitor", "remote": "speakers.monitor"}, marks=pytest.mark.slow)]
)
async def test_each_side_is_on_its_channel_and_in_time(desk, tmp_path, settings):
    ours, our_file = voice(tmp_path, OURS)
    theirs, their_file = voice(tmp_path, THEIRS)
    source = call.create(call.Settings(**settings), SystemClock())
    info = await source.open()
    played: list[float] = []

    def enough(events: list[Event]) -> bool:
        if not played and media_s(events) > 0.5:
            desk.play(our_file)
            desk.play(their_file, "speakers")
            played.append(media_s(events))
        return bool(played) and media_s(events) > played[0] + max(ours.size, theirs.size) / SAMPLE_RATE_HZ + 1.0

    events = await listen(source, enough)
    left, right = joined(events)
    (our_s, our_match), (their_s, their_match) = place(ours, left), place(theirs, right)
    assert (info.channels, info.speakers) == (2, ("local", "remote"))
    assert not [event for event in events if isinstance(event, AudioGap | PartHealth)]
    assert our_match > 0.4  # pauses between words may be a few ms shorter or longer
    assert their_match > 0.4
    assert abs(our_s - their_s) < 0.1
    assert abs(place(ours, right)[1]) < 0.2
    assert abs(place(theirs, left)[1]) < 0.2


async def test_loudspeakers_that_go_away_are_reported_and_come_back_while_the_microphone_goes_on(desk):
    settings = call.Settings(remote="speakers.monitor", first_retry_s=0.2, last_retry_s=0.4)
    source = call.create(settings, SystemClock())
    await source.open()
    done: list[str] = []

    heard_at: list[float] = []

    def enough(events: list[Event]) -> bool:
        heard_at.append(time.monotonic())
        if not done and media_s(events) > 0.5:
            done.append(desk.ask("unload-module", desk.speakers))
        if len(done) == 1 and healths(events) and media_s(events) > 2.0:
            done.append(desk.add_sink("speakers"))
        return len(healths(events)) == 2 and isinstance(events[-1], AudioFrame)

    events = await listen(source, enough)
    assert [health for health, _ in healths(events)] == [Health.OFFLINE, Health.ONLINE]
    assert all("what the sound card plays" in reason for _, reason in healths(events))
    assert not [event for event in events if isinstance(event, AudioGap)]
    frames = [event for event in events if isinstance(event, AudioFrame)]
    assert joined(events).shape[1] / SAMPLE_RATE_HZ == frames[-1].end_s
    assert abs(heard_at[-1] - frames[-1].end_s - (frames[0].arrived_at - frames[0].end_s)) < 0.5


@pytest.mark.slow
async def test_other_loudspeakers_are_followed_when_they_become_the_default(desk, tmp_path):
    theirs, their_file = voice(tmp_path, THEIRS)
    source = call.create(call.Settings(first_retry_s=0.1), SystemClock())
    await source.open()
    done: list[object] = []

    def enough(events: list[Event]) -> bool:
        if not done and media_s(events) > 0.3:
            done.append(desk.add_sink("headphones"))
        if len(done) == 1 and len(healths(events)) == 2:
            done.append(desk.play(their_file, "headphones"))
            done.append(media_s(events))
        return len(done) > 1 and media_s(events) > done[-1] + theirs.size / SAMPLE_RATE_HZ + 1.0

    events = await listen(source, enough)
    assert healths(events)[1] == (Health.ONLINE, "what the sound card plays: headphones.monitor is back")
    assert place(theirs, joined(events)[1])[1] > 0.4


async def test_a_suspended_sound_card_is_silent_and_nothing_waits_for_it(desk):
    source = call.create(call.Settings(), SystemClock())
    await source.open()
    suspended: list[float] = []

    def enough(events: list[Event]) -> bool:
        if not suspended and media_s(events) > 0.5:
            desk.ask("suspend-sink", "speakers", "1")
            suspended.append(media_s(events))
        return bool(suspended) and media_s(events) > suspended[0] + 3.0

    events = await listen(source, enough)
    assert not [event for event in events if isinstance(event, AudioGap | PartHealth)]
    assert np.abs(joined(events)[1]).max() == 0.0


@pytest.mark.parametrize("gate", [pytest.param(False, marks=pytest.mark.slow), True])
async def test_what_the_microphone_hears_of_the_loudspeakers_is_silenced_if_wanted(desk, gate):
    desk.ask("load-module", "module-loopback", "source=speakers.monitor", "sink=room", "latency_msec=60")
    source = call.create(call.Settings(echo_gate=gate), SystemClock())
    await source.open()
    played: list[float] = []

    def enough(events: list[Event]) -> bool:
        if not played and media_s(events) > 0.5:
            desk.play(RECORDING_PATH, "speakers")
            played.append(media_s(events))
        return bool(played) and media_s(events) > played[0] + 12.0

    left, right = joined(await listen(source, enough))[:, -6 * SAMPLE_RATE_HZ :]
    assert np.abs(right).max() > 0.05
    if gate:
        assert np.linalg.norm(left) < 0.1 * np.linalg.norm(right)
    else:
        assert np.linalg.norm(left) > 0.5 * np.linalg.norm(right)


async def test_the_recording_never_slips_to_another_source(desk):
    """The server moves a recording whose source is gone to the microphone; that must end it."""
    ended, blocks = asyncio.Event(), []
    loop = asyncio.get_running_loop()
    device = PulseDevice("speakers.monitor", 0.02)
    capture = await asyncio.to_thread(
        device.open, None, lambda *block: blocks.append(block), lambda: loop.call_soon_threadsafe(ended.set)
    )
    desk.ask("unload-module", desk.speakers)
    await asyncio.wait_for(ended.wait(), 5.0)
    await asyncio.to_thread(capture.close)
    await asyncio.to_thread(capture.close)


async def test_an_unknown_source_is_refused_with_those_that_exist(desk):
    source = call.create(call.Settings(remote="none.monitor"), SystemClock())
    with pytest.raises(SourceError, match=r"No such entity\. Name one of: room\.monitor, speakers\.monitor"):
        await source.open()
    await source.close()


async def test_without_a_sound_server_the_line_says_so(desk):
    desk.stop()
    source = call.create(call.Settings(), SystemClock())
    with pytest.raises(SourceError, match="neither PulseAudio nor PipeWire answers"):
        await source.open()
    await source.close()
