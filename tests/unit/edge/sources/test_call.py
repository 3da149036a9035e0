"""A call: two devices, two channels; either may go and come back."""

import asyncio
from typing import Self

import numpy as np
import pytest
from pydantic import ValidationError

from edge.sources import call
from model.errors import SourceError
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap, Event, Health, PartHealth
from tests.fakes import FakeDevice, ManualClock
from tests.sounds import joined

BLOCK_S = 0.02
OURS, THEIRS = np.full((1, 320), 0.25, np.float32), np.full((1, 320), 0.5, np.float32)
AWAY = SourceError("there is no such device", "Connect one")


class Desk:
    """A microphone and loudspeakers, on one clock that only the test moves."""

    def __init__(self, **settings) -> None:
        self.clock = ManualClock(100.0, stopped=True)
        self.here, self.there = FakeDevice(self.clock, 16_000), FakeDevice(self.clock, 16_000)
        self.source = call.Call(call.Settings(**settings), self.clock, self.here, self.there)
        self.events: list[Event] = []

    async def __aenter__(self) -> Self:
        await self.source.open()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_) -> None:
        await self.source.close()
        await asyncio.wait_for(self._listening, 2.0)

    async def play(self, length_s: float, *, ours: bool = True, theirs: bool = True) -> None:
        for _ in range(round(length_s / BLOCK_S)):
            self.clock.advance(BLOCK_S)
            if ours:
                self.here.deliver(OURS)
            if theirs:
                self.there.deliver(THEIRS)
            for _ in range(5):
                await asyncio.sleep(0)

    async def settle(self) -> None:
        await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        async for event in self.source.events():
            self.events.append(event)

    @property
    def healths(self) -> list[tuple[Health, str]]:
        return [(event.health, event.reason) for event in self.events if isinstance(event, PartHealth)]


async def test_each_side_has_its_channel_and_its_name():
    desk = Desk(speakers=("me", "them"))
    info = await desk.source.open()
    await desk.source.close()
    assert (info.channels, info.speakers, info.name) == (2, ("me", "them"), "fake microphone and fake microphone")
    assert all(capture.closed for device in (desk.here, desk.there) for capture in device.captures)


async def test_the_microphone_goes_on_while_the_loudspeakers_are_away_and_the_other_way_round():
    async with Desk(first_retry_s=0.1, last_retry_s=0.1) as desk:
        await desk.play(1.0)
        desk.there.refusals = [AWAY]
        desk.there.lose()
        await desk.play(1.0, theirs=False)
        await desk.settle()
        await desk.play(1.0)
        desk.here.refusals = [AWAY]
        desk.here.lose()
        await desk.play(1.0, ours=False)
        await desk.settle()
        await desk.play(1.0)
        await desk.settle()
    sound = joined(desk.events)
    assert [health for health, _ in desk.healths] == [Health.OFFLINE, Health.ONLINE] * 2
    assert ["the microphone" in reason for _, reason in desk.healths] == [False, False, True, True]
    assert ["what the sound card plays" in reason for _, reason in desk.healths] == [True, True, False, False]
    assert not [event for event in desk.events if isinstance(event, AudioGap)]
    seconds = [sound[:, n * SAMPLE_RATE_HZ + 6400 : n * SAMPLE_RATE_HZ + 9600] for n in range(5)]
    assert [set(np.unique(part[0])) for part in seconds] == [{0.25}, {0.25}, {0.25}, {0.0}, {0.25}]
    assert [set(np.unique(part[1])) for part in seconds] == [{0.5}, {0.0}, {0.5}, {0.5}, {0.5}]
    assert np.ptp([e.arrived_at - e.end_s for e in desk.events if isinstance(e, AudioFrame)]) < 0.01


async def test_as_long_as_either_is_lost_the_part_is_and_says_which():
    async with Desk(first_retry_s=0.1) as desk:
        await desk.play(0.5)
        desk.here.refusals, desk.there.refusals = [AWAY] * 1000, []
        desk.here.lose()
        await desk.settle()
        desk.there.lose()
        await desk.settle()
        await desk.play(0.3, ours=False, theirs=False)
        await desk.settle()
        await desk.play(1.0, ours=False)
        await desk.settle()
    assert [health for health, _ in desk.healths] == [Health.OFFLINE] * 3
    assert [reason.count("; ") for _, reason in desk.healths] == [0, 1, 0]
    assert desk.healths[2][1].startswith("the microphone")


@pytest.mark.parametrize("lost", ["here", "there"])
async def test_a_side_that_is_missing_at_the_start_is_refused(lost):
    desk = Desk()
    getattr(desk, lost).refusals = [AWAY]
    with pytest.raises(SourceError, match="no such device"):
        await desk.source.open()
    await desk.source.close()
    assert all(capture.closed for device in (desk.here, desk.there) for capture in device.captures)


async def test_nobody_listening_fills_no_memory():
    desk = Desk(buffer_s=1.0)
    await desk.source.open()
    await desk.play(10.0)
    await desk.settle()
    merger = desk.source._merger
    assert merger.first_held_s <= 2.1
    assert merger.second_held_s <= 2.1
    await desk.source.close()


@pytest.mark.parametrize("speakers", [("me",), ("me", "me"), ("me", "them", "you"), ("me", "")])
def test_two_sides_have_two_names(speakers):
    with pytest.raises(ValidationError):
        call.Settings(speakers=speakers)
