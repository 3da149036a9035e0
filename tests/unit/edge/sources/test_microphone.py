"""A microphone gives the sound it heard, says what it lost, and comes back."""

import asyncio

import numpy as np
import pytest

from edge.sources.microphone import Microphone, Settings
from model.errors import SourceError
from realtime.events import AudioFrame, AudioGap, Event, Health, PartHealth
from tests.fakes import FakeDevice, ManualClock
from tests.sounds import joined, length, pitch_hz, tone

AWAY = SourceError("there is no microphone", "Connect one")


def stereo(left_hz: float, right_hz: float, length_s: float, rate_hz: int) -> np.ndarray:
    return np.stack([tone(left_hz, length_s, rate_hz), tone(right_hz, length_s, rate_hz)])


async def listen(source: Microphone, samples: int) -> list[Event]:
    """Events until so many samples of media time have passed; then the source is closed."""
    events: list[Event] = []
    async for event in source.events():
        events.append(event)
        if sum(map(length, events)) >= samples:
            break
    await source.close()
    return events


def gaps(events: list[Event]) -> list[AudioGap]:
    return [event for event in events if isinstance(event, AudioGap)]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000, 96_000])
async def test_a_tone_stays_a_tone_at_any_rate(rate_hz):
    device = FakeDevice(ManualClock(50.0), rate_hz)
    source = Microphone(Settings(), device.clock, device)
    info = await source.open()
    device.play(tone(1000, 1.0, rate_hz)[None])
    events = await listen(source, 15_900)
    sound = joined(events)[0]
    assert (info.name, info.channels, info.speakers) == ("fake microphone", 1, ())
    assert pitch_hz(sound) == pytest.approx(1000, abs=2)
    assert np.abs(sound - tone(1000, 1.0)[: sound.size])[200:].max() < 5e-3
    assert [event.arrived_at for event in events] == pytest.approx([50.02 + 0.02 * n for n in range(len(events))])


async def test_what_lies_above_eight_kilohertz_does_not_fold_back():
    device = FakeDevice(ManualClock(), 44_100)
    source = Microphone(Settings(), device.clock, device)
    await source.open()
    device.play(tone(10_000, 1.0, 44_100)[None])
    assert np.abs(joined(await listen(source, 15_900))[0, 200:]).max() < 0.01


async def test_two_channels_are_mixed_or_stay_two_speakers():
    mixed, apart = [], []
    for settings, heard in ((Settings(), mixed), (Settings(speakers=("anna", "ben")), apart)):
        device = FakeDevice(ManualClock(), 44_100, channels=2)
        source = Microphone(settings, device.clock, device)
        info = await source.open()
        device.play(stereo(500, 2000, 1.0, 44_100))
        heard.append((info.channels, info.speakers, joined(await listen(source, 15_900))))
    assert mixed[0][:2] == (1, ())
    assert apart[0][:2] == (2, ("anna", "ben"))
    assert [round(pitch_hz(channel), -1) for channel in apart[0][2]] == [500, 2000]
    assert np.allclose(mixed[0][2][0], apart[0][2].mean(axis=0), atol=1e-5)


async def test_names_for_channels_that_the_device_lacks_are_refused():
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(speakers=("anna", "ben"), channels=3), device.clock, device)
    with pytest.raises(SourceError, match="3 channels, but 2 speakers are named"):
        await source.open()
    await source.close()
    assert device.captures[0].closed


async def test_a_full_buffer_drops_the_newest_and_says_how_much():
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(buffer_s=0.5), device.clock, device)
    await source.open()
    device.play(tone(440, 2.0, 48_000)[None])
    buffered = await anext(source.events())
    device.play(tone(440, 0.02, 48_000)[None])
    events = [buffered, *await listen(source, 32_000)]
    [gap] = gaps(events)
    assert gap.start / 16_000 == pytest.approx(0.5, abs=1e-3)
    assert gap.length / 16_000 == pytest.approx(1.5, abs=1e-3)
    assert gap.reason == "the pipeline is too slow for the microphone"
    assert source.intake.overruns == 1
    assert source.intake.lost_s == pytest.approx(1.5)


async def test_an_overrun_of_the_driver_is_a_gap_of_what_the_clock_says():
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(), device.clock, device)
    await source.open()
    device.play(tone(440, 1.0, 48_000)[None])
    device.clock.advance(0.3)
    device.play(tone(440, 1.0, 48_000)[None], overrun=True)
    events = await listen(source, round(2.29 * 16_000))
    [gap] = gaps(events)
    assert gap.length / 16_000 == pytest.approx(0.3, abs=2e-3)
    assert source.intake.overruns == 1
    assert events[-1].end_s == pytest.approx(device.clock.now_s(), abs=0.02)


async def test_a_lost_device_is_reported_and_tried_again_with_growing_pauses():
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(), device.clock, device)
    await source.open()
    device.play(tone(440, 1.0, 48_000)[None])
    device.lose()
    device.refusals = [AWAY] * 8
    device.on_open = lambda: device.play(tone(440, 1.0, 48_000)[None])
    events = []
    async for event in source.events():
        events.append(event)
        if isinstance(event, PartHealth) and event.health is Health.ONLINE:
            break
    await source.close()
    health = [(event.part, event.health) for event in events if isinstance(event, PartHealth)]
    pauses = np.diff([1.0, *device.opened_at[1:]])
    longest = np.minimum(0.5 * 2.0 ** np.arange(9), 30.0)
    assert health == [("microphone", Health.OFFLINE), ("microphone", Health.ONLINE)]
    assert (pauses <= longest + 1e-6).all()
    assert (pauses >= longest / 2 - 1e-6).all()
    assert device.captures[0].closed


async def test_media_time_keeps_up_while_the_device_is_away():
    device = FakeDevice(ManualClock(7.0))
    source = Microphone(Settings(), device.clock, device)
    await source.open()
    device.play(tone(440, 1.0, 48_000)[None])
    device.lose()
    device.on_open = lambda: device.play(tone(440, 5.0, 48_000)[None])
    events = await listen(source, 16_000 * 6)
    assert {gap.reason for gap in gaps(events)} == {"the microphone is away"}
    joined(events)
    for frame in events:
        if isinstance(frame, AudioFrame):
            assert frame.arrived_at - 7.0 - frame.end_s == pytest.approx(0.0, abs=0.003)


async def test_a_device_that_opens_but_stays_silent_is_still_away():
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(lost_after_s=0.02), device.clock, device)
    await source.open()
    device.play(tone(440, 1.0, 48_000)[None])
    device.on_open = lambda: device.play(tone(440, 9.0 if len(device.captures) == 4 else 0.0, 48_000)[None])
    events = await listen(source, 16_000 * 5)
    health = [(event.health, event.reason) for event in events if isinstance(event, PartHealth)]
    assert health == [
        (Health.OFFLINE, "the device delivered nothing for 0.02 s"),
        (Health.ONLINE, "fake microphone is back"),
    ]
    assert [capture.closed for capture in device.captures] == [True] * 4


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 40])
@pytest.mark.parametrize("away", [False, True])
async def test_it_can_be_cancelled_at_any_moment(steps, away):
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(lost_after_s=0.02), device.clock, device)

    async def run():
        await source.open()
        if away:
            device.refusals = [AWAY] * 1000
            device.lose()
        else:
            device.play(tone(440, 0.2, 48_000)[None])
        async for _ in source.events():
            pass

    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close()
    await source.close()
    assert all(capture.closed for capture in device.captures)


@pytest.mark.parametrize("away", [False, True])
async def test_closing_ends_the_events(away):
    device = FakeDevice(ManualClock())
    source = Microphone(Settings(), device.clock, device)
    await source.open()

    async def run():
        return [event async for event in source.events()]

    task = asyncio.create_task(run())
    if away:
        device.refusals = [AWAY] * 1000
        device.lose()
    await asyncio.sleep(0.02)
    await source.close()
    events = await asyncio.wait_for(task, 1.0)
    assert bool(events) == away
    assert all(capture.closed for capture in device.captures)
