"""A microphone for real: what is played into a room is captured through PortAudio, all of it and in time."""

import asyncio
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from edge.sources import microphone, recording
from model.errors import SourceError
from realtime.clock import SystemClock
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap, Event, Health, PartHealth
from tests.sounds import joined

pytestmark = pytest.mark.audio

CONVERSATION = Path(__file__).parents[2] / "edge" / "demo" / "conversation.flac"
LENGTH_S = 5.0


@pytest.fixture
def in_the_room(room, monkeypatch):
    """The room is the microphone of this process."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


async def excerpt(path: Path) -> np.ndarray:
    """The first seconds of the conversation, mixed, as (T,), also written to `path`."""
    source = recording.create(recording.Settings(path=CONVERSATION, fast=True), SystemClock())
    await source.open()
    events: list[Event] = []
    async for event in source.events():
        events.append(event)
        if isinstance(event, AudioFrame) and event.end_s >= LENGTH_S:
            break
    await source.close()
    samples = joined(events)[0]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return samples


def match(played: np.ndarray, captured: np.ndarray) -> tuple[int, float]:
    """(position of `played` in `captured`, correlation there)."""
    size = 1 << (played.size + captured.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(captured, size) * np.fft.rfft(played, size).conj(), size)
    position = int(np.argmax(product[: captured.size]))
    found = captured[position : position + played.size]
    heard = played[: found.size]
    return position, float(found @ heard / (np.linalg.norm(found) * np.linalg.norm(heard)))


async def test_what_is_played_into_the_room_is_captured_whole(in_the_room, tmp_path):
    played = await excerpt(tmp_path / "excerpt.wav")
    source = microphone.create(microphone.Settings(), SystemClock())
    await source.open()
    events: list[Event] = []
    player = None
    async for event in source.events():
        events.append(event)
        player = player or in_the_room.play(tmp_path / "excerpt.wav")
        if isinstance(event, AudioFrame) and event.end_s > LENGTH_S + 1.5 and player.poll() is not None:
            break
    await source.close()
    captured = joined(events)[0]
    position, correlation = match(played, captured)
    halves = [match(half, captured)[0] for half in np.array_split(played, 2)]
    assert player.wait() == 0
    assert not [event for event in events if isinstance(event, AudioGap | PartHealth)]
    assert correlation > 0.95
    assert abs(halves[0] - position) <= 2
    assert abs(halves[1] - halves[0] - (played.size + 1) // 2) <= 2  # nothing lost, nothing doubled in between
    late_s = np.array([event.arrived_at - event.end_s for event in events])
    assert np.ptp(late_s) < 1.0  # media time is real time, give or take a busy machine


async def test_a_microphone_that_goes_away_comes_back_at_the_right_time(in_the_room):
    settings = microphone.Settings(device="pulse", first_retry_s=0.2, last_retry_s=0.5)
    source = microphone.create(settings, SystemClock())
    await source.open()
    events: list[Event] = []
    async for event in source.events():
        events.append(event)
        health = [event.health for event in events if isinstance(event, PartHealth)]
        if len(events) == 20:
            in_the_room.stop()
        if isinstance(event, AudioGap) and Health.ONLINE not in health:
            await asyncio.to_thread(in_the_room.start)
        if Health.ONLINE in health and isinstance(event, AudioFrame):
            break
    late_s = time.monotonic() - events[-1].end_s - (events[0].arrived_at - events[0].end_s)
    await source.close()
    assert health == [Health.OFFLINE, Health.ONLINE]
    assert joined(events).shape[1] > SAMPLE_RATE_HZ // 2
    assert abs(late_s) < 0.5


async def test_an_unknown_device_is_refused_with_those_that_exist(in_the_room):
    source = microphone.create(microphone.Settings(device="no such thing"), SystemClock())
    with pytest.raises(SourceError, match=r"one of: .*pulse"):
        await source.open()
    await source.close()
