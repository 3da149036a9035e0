"""A recording is heard as it was recorded: in length, pitch, channels and time, whatever holds it."""

import asyncio
import wave

import av
import numpy as np
import pytest

from edge.sources.recording import Recording, Settings, create
from model.errors import SourceError
from realtime.events import AudioFrame, AudioGap, Event
from tests.fakes import ManualClock
from tests.sounds import CODECS, joined, pitch_hz, tone, write


async def play(path, clock=None, **settings) -> tuple[list[Event], SourceError | None]:
    """All events, and the error after them."""
    source = create(Settings(path=path, **{"fast": True} | settings), clock or ManualClock())
    events = []
    try:
        await source.open()
        async for event in source.events():
            events.append(event)  # noqa: PERF401 - what came before an error counts
    except SourceError as error:
        return events, error
    finally:
        await source.close()
    return events, None


@pytest.mark.parametrize("suffix", CODECS)
async def test_every_container_keeps_length_and_pitch(tmp_path, suffix):
    path = write(tmp_path / f"tone{suffix}", [tone(1000, 3.0)])
    events, error = await play(path)
    sound = joined(events)
    assert error is None
    assert sound.dtype == np.float32
    assert sound.shape[0] == 1
    assert abs(sound.shape[1] / 16_000 - 3.0) < 0.05  # codecs pad to whole frames
    assert pitch_hz(sound[0]) == pytest.approx(1000, abs=1)
    assert np.abs(sound[0, 8000:40000]).max() == pytest.approx(0.3, abs=0.02)


async def test_frames_are_32_ms_but_for_the_last(tmp_path):
    events, _ = await play(write(tmp_path / "tone.wav", [tone(440, 1.01)]))
    assert [event.samples.shape for event in events] == [(1, 512)] * 31 + [(1, 16160 - 31 * 512)]


async def test_another_rate_is_resampled_without_losing_a_sample(tmp_path):
    events, _ = await play(write(tmp_path / "tone.flac", [tone(1000, 2.5, 44_100)], 44_100))
    sound = joined(events)
    assert sound.shape == (1, 40_000)
    assert np.abs(sound[0] - tone(1000, 2.5))[100:-100].max() < 1e-3


async def test_channels_are_mixed_unless_they_are_named_or_split(tmp_path):
    path = write(tmp_path / "two.flac", [tone(500, 1.0), tone(2000, 1.0)])
    mixed = joined((await play(path))[0])
    named = joined((await play(path, speakers=("anna", "ben")))[0])
    split = joined((await play(path, split=True))[0])
    assert mixed.shape == (1, 16_000)
    assert np.allclose(mixed[0], named.mean(axis=0), atol=1e-6)
    assert [round(pitch_hz(channel)) for channel in named] == [500, 2000]
    assert np.array_equal(named, split)


@pytest.mark.parametrize(
    "settings, channels, speakers",
    [
        ({}, 1, ()),
        ({"split": True}, 2, ("speaker-1", "speaker-2")),
        ({"speakers": ("anna", "ben")}, 2, ("anna", "ben")),
        ({"speakers": ("anna",)}, 1, ("anna",)),
    ],
)
async def test_the_source_says_who_is_on_which_channel(tmp_path, settings, channels, speakers):
    path = write(tmp_path / "two.flac", [tone(500, 1.0), tone(2000, 1.0)])
    source = create(Settings(path=path, **settings), ManualClock())
    info = await source.open()
    await source.close()
    assert (info.name, info.channels, info.speakers) == ("two.flac", channels, speakers)
    assert info.duration_s == pytest.approx(1.0)


async def test_wall_clock_speed_and_fast_give_the_same_events(tmp_path):
    path = write(tmp_path / "tone.mkv", [tone(440, 2.0)], at_s=(0.0, 3.0))
    clock = ManualClock(100.0)
    real, _ = await play(path, clock, fast=False)
    fast, _ = await play(path)
    assert np.array_equal(joined(real), joined(fast))
    assert [type(event) for event in real] == [type(event) for event in fast]
    for event in real:
        if isinstance(event, AudioFrame):
            assert event.arrived_at == pytest.approx(100.0 + event.end_s)
    assert clock.now_s() == pytest.approx(100.0 + real[-1].end_s)


async def test_a_hole_in_the_timestamps_is_a_gap_of_its_length(tmp_path):
    path = write(tmp_path / "hole.mkv", [tone(440, 2.0)], at_s=(0.0, 2.5))
    events, error = await play(path)
    gaps = [event for event in events if isinstance(event, AudioGap)]
    assert error is None
    assert [round(gap.start / 16_000, 1) for gap in gaps] == [1.0]
    assert gaps[0].length / 16_000 == pytest.approx(1.5, abs=0.03)
    assert joined(events).shape[1] / 16_000 == pytest.approx(3.5, abs=0.03)


async def test_sound_that_starts_late_starts_with_a_gap(tmp_path):
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10, width=16, height=16, pix_fmt="yuv420p")
        sound = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for _ in range(30):
            container.mux(picture.encode(av.VideoFrame(16, 16, "yuv420p")))
        samples = (tone(440, 1.0) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 16_000
        container.mux([*sound.encode(frame), *sound.encode(None), *picture.encode(None)])
    events, _ = await play(path)
    assert (events[0].start, events[0].length) == (0, 16_000)
    assert events[1].start == 16_000


def broken_off(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    return path


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mkv"])
async def test_a_recording_that_breaks_off_is_heard_to_there_and_then_refused(tmp_path, suffix):
    path = broken_off(write(tmp_path / f"cut{suffix}", [tone(440, 10.0)]))
    events, error = await play(path)
    assert 5.0 < joined(events).shape[1] / 16_000 < 6.5
    assert "breaks off" in error.problem
    assert error.remedy


async def test_damage_on_the_way_is_a_gap_and_the_rest_is_heard_in_its_place(tmp_path):
    path = write(tmp_path / "damaged.flac", [tone(440, 10.0)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path.write_bytes(content)
    events, error = await play(path)
    gaps = [event for event in events if isinstance(event, AudioGap)]
    assert error is None
    assert [gap.reason for gap in gaps] == ["the recording has a hole here"]
    assert joined(events).shape[1] == pytest.approx(160_000, abs=16)


def empty(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    return path


def silent(path):
    return write(path, [np.zeros(16_000, np.float32)])


@pytest.mark.parametrize(
    "make, problem",
    [
        (lambda folder: folder / "absent.wav", "there is no file"),
        (lambda folder: folder, "is not a file"),
        (lambda folder: (folder / "text.wav").write_text("hello") and folder / "text.wav", "cannot be read"),
        (lambda folder: (folder / "zero.wav").write_bytes(b"") or folder / "zero.wav", "cannot be read"),
        (lambda folder: empty(folder / "empty.wav"), "is empty"),
        (lambda folder: silent(folder / "silent.wav"), "is silent"),
        (lambda folder: picture_only(folder / "picture.mkv"), "no audio stream"),
        (lambda folder: write(folder / "two.wav", [tone(440, 1.0)] * 2), "2 channels, but 3 speakers"),
    ],
)
async def test_what_cannot_be_heard_is_refused_in_one_line_that_says_what_to_do(tmp_path, make, problem):
    _, error = await play(make(tmp_path), speakers=("a", "b", "c") if "3 speakers" in problem else ())
    assert problem in str(error)
    assert error.remedy
    assert "\n" not in str(error)


def picture_only(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10, width=16, height=16, pix_fmt="yuv420p")
        container.mux([*stream.encode(av.VideoFrame(16, 16, "yuv420p")), *stream.encode(None)])
    return path


async def test_a_silent_recording_is_played_before_it_is_refused(tmp_path):
    events, error = await play(silent(tmp_path / "silent.wav"))
    assert joined(events).shape == (1, 16_000)
    assert "silent" in str(error)


async def test_a_quiet_recording_is_not_a_silent_one(tmp_path):
    _, error = await play(write(tmp_path / "quiet.flac", [tone(440, 1.0, level=0.001)]))
    assert error is None


async def test_no_more_than_seconds_are_decoded_ahead(tmp_path):
    source = create(Settings(path=write(tmp_path / "long.wav", [tone(440, 60.0)]), fast=True), ManualClock())
    await source.open()
    events = source.events()
    await anext(events)
    await asyncio.sleep(0.05)
    batch = await asyncio.get_running_loop().run_in_executor(source._thread, source._next_batch)
    assert batch[0].start_s < 3.0
    await events.aclose()
    await source.close()


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 50])
async def test_it_can_be_closed_at_any_moment(tmp_path, steps):
    path = write(tmp_path / "tone.wav", [tone(440, 60.0)])
    source: Recording = create(Settings(path=path), ManualClock())
    heard = []

    async def listen():
        await source.open()
        heard.extend([event async for event in source.events()])

    task = asyncio.create_task(listen())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close()
    await source.close()


async def test_closing_ends_the_events_while_they_wait_for_the_clock(tmp_path):
    clock = ManualClock(stopped=True)
    source = create(Settings(path=write(tmp_path / "tone.wav", [tone(440, 5.0)])), clock)
    await source.open()

    async def listen():
        return [event async for event in source.events()]

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.01)
    await source.close()
    clock.advance(1.0)
    assert await task == []
