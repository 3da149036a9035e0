"""Not listening: what is heard becomes silence, for as long as anybody asks for it, and a moment more."""

import math
from collections.abc import AsyncGenerator

import numpy as np
import pytest

from realtime.events import (
    AudioFrame,
    AudioGap,
    Event,
    Health,
    Latency,
    ListeningPaused,
    ListeningResumed,
    PartHealth,
    Quiet,
    SpeechDiscarded,
    Transcript,
)
from realtime.mute import Mute
from tests.conversation_events import heard
from tests.fakes import ManualClock

LENGTH = 512
STEP_S = LENGTH / 16_000


class Room:
    """Sound that is never silent, frame by frame, and what the mute says about it."""

    def __init__(self, tail_s: float = 0.0) -> None:
        self.clock = ManualClock()
        self.said: list[Event] = []
        self.mute = Mute(self.clock, self.said.append, tail_s)
        self._position = 0

    async def hear(self, seconds: float) -> list[bool]:
        """Per frame of the next seconds, whether something is heard."""
        frames = [event async for event in self.mute.heard(self._sound(seconds))]
        return [bool(frame.samples.any()) for frame in frames if isinstance(frame, AudioFrame)]

    async def _sound(self, seconds: float) -> AsyncGenerator[Event, None]:
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            yield AudioFrame(self._position, np.ones((2, LENGTH), np.float32), self.clock.now_s())
            self._position += LENGTH


@pytest.fixture
def room():
    return Room()


async def test_nothing_is_heard_while_it_is_held_and_the_reason_is_said(room):
    assert all(await room.hear(1.0))
    room.mute.hold("kiosk", "it speaks", 60.0)
    assert not any(await room.hear(1.0))
    room.mute.release("kiosk")
    assert all(await room.hear(1.0))
    assert room.said == [
        PartHealth("microphone", Health.DISABLED, "it speaks"),
        ListeningPaused("it speaks"),
        PartHealth("microphone", Health.ONLINE, "listening again"),
        ListeningResumed("listening again"),
    ]


async def test_silence_keeps_its_place_on_the_media_clock(room):
    room.mute.hold("kiosk", "it speaks", 60.0)
    frames = [event async for event in room.mute.heard(room._sound(0.2))]
    assert [frame.start for frame in frames] == [LENGTH * number for number in range(len(frames))]
    assert all(frame.samples.shape == (2, LENGTH) for frame in frames)


async def test_everybody_who_asked_must_let_go(room):
    room.mute.hold("kiosk", "it speaks", 60.0)
    room.mute.hold("nurse", "a private word", 60.0)
    room.mute.release("kiosk")
    assert not any(await room.hear(0.5))
    room.mute.release("nurse")
    assert all(await room.hear(0.5))


async def test_it_is_let_go_by_itself_when_nobody_does(room):
    room.mute.hold("kiosk", "it speaks", 1.0)
    heard = await room.hear(3.0)
    assert STEP_S * heard.count(False) == pytest.approx(1.0, abs=2 * STEP_S)
    assert all(heard[heard.index(True) :])


async def test_asked_again_it_lasts_longer(room):
    room.mute.hold("kiosk", "it speaks", 1.0)
    first = await room.hear(0.8)
    room.mute.hold("kiosk", "it speaks on", 1.0)
    second = await room.hear(0.8)
    assert not any(first + second)
    assert len(room.said) == 2


async def test_the_echo_of_the_last_word_is_not_heard():
    room = Room(tail_s=0.5)
    room.mute.hold("kiosk", "it speaks", 60.0)
    await room.hear(1.0)
    room.mute.release("kiosk")
    heard = await room.hear(2.0)
    assert STEP_S * heard.count(False) == pytest.approx(0.5, abs=2 * STEP_S)


async def test_held_again_during_the_echo_it_goes_on():
    room = Room(tail_s=0.5)
    room.mute.hold("kiosk", "it speaks", 60.0)
    await room.hear(0.2)
    room.mute.release("kiosk")
    await room.hear(0.2)
    room.mute.hold("kiosk", "it speaks", 60.0)
    assert not any(await room.hear(2.0))
    assert len(room.said) == 2


async def test_however_many_ask_it_is_held_as_long_as_the_last_of_them_wants(room):
    for number in range(1000):
        room.mute.hold(f"client {number}", "why", 60.0 + number)
    await room.hear(0.5)
    for number in range(1000):
        assert room.mute.held
        room.mute.release(f"client {number}")
    assert all(await room.hear(0.5))


async def test_who_does_not_hold_it_may_let_go(room):
    room.mute.release("nobody")
    assert not room.mute.held
    assert all(await room.hear(0.3))
    assert room.said == []


async def test_what_was_captured_before_is_heard_although_it_comes_late(room):
    late = AudioFrame(0, np.ones((1, LENGTH), np.float32), 4.0)

    async def events() -> AsyncGenerator[Event, None]:
        yield late
        yield AudioGap(512, 100, "lost")

    room.clock.advance(5.0)
    room.mute.hold("kiosk", "it speaks", 60.0)
    assert [event async for event in room.mute.heard(events())] == [late, AudioGap(512, 100, "lost")]


async def test_a_microphone_that_comes_back_is_still_not_listened_to(room):
    back = PartHealth("microphone", Health.ONLINE, "it is back")

    async def events() -> AsyncGenerator[Event, None]:
        yield back

    room.mute.hold("kiosk", "it speaks", 60.0)
    assert [event async for event in room.mute.heard(events())] == [
        back,
        PartHealth("microphone", Health.DISABLED, "it speaks"),
    ]


async def test_words_that_come_while_it_is_held_are_left_out_and_silence_ends_it(room):
    async def words() -> AsyncGenerator[Event, None]:
        for _ in range(2):
            yield heard(0, latency=Latency(room.clock.now_s())).transcript
            room.clock.advance(1.0)
            yield Quiet(room.clock.now_s())

    room.mute.hold("kiosk", "it speaks", 0.5)
    events = [event async for event in room.mute.heard(words())]
    assert [type(event) for event in events] == [SpeechDiscarded, Quiet, Transcript, Quiet]
    assert room.said[-1] == ListeningResumed("listening again")


async def test_at_once_silences_what_is_still_on_its_way(room):
    late = AudioFrame(0, np.ones((2, LENGTH), np.float32), room.clock.now_s())

    async def on_its_way():
        yield late

    room.clock.advance(1.0)
    room.mute.hold("kiosk", "it speaks", math.inf)
    assert [event async for event in room.mute.heard(on_its_way())] == [late]
    room.mute.hold("nurse", "stopped", math.inf, at_once=True)
    [silent] = [event async for event in room.mute.heard(on_its_way())]
    assert not silent.samples.any()


async def test_it_is_held_for_ever_until_let_go(room):
    room.mute.hold("kiosk", "paused", math.inf)
    room.clock.advance(1e9)
    assert room.mute.is_held_by("kiosk")
    assert not room.mute.is_held_by("nurse")
    assert room.mute.reasons == ("paused",)
    room.mute.release("kiosk")
    assert room.mute.reasons == ()
    assert all(await room.hear(0.2))
