"""The recording beside the script is what the command makes, and is fit to be heard."""

import shutil

import av
import numpy as np
import pytest

from edge.demo.make import SAMPLE_RATE_HZ, main, make_recording, write_flac
from edge.demo.script import RECORDING_PATH, read_script, read_spoken_script
from model.errors import PartMissingError

needs_flite = pytest.mark.skipif(
    shutil.which("flite") is None, reason="flite is not installed: apt-get install -y flite"
)

LONGEST_INNER_PAUSE_S = 0.35


def read_flac(path) -> np.ndarray:
    """Return the samples, shape (channels, samples)."""
    with av.open(str(path)) as container:
        assert container.streams.audio[0].rate == SAMPLE_RATE_HZ
        blocks = [frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in container.decode(audio=0)]
    return np.concatenate(blocks).T


def find_longest_pause_s(samples: np.ndarray) -> float:
    """Return the longest stretch 40 dB under the loudest 10 ms, in seconds."""
    frames = samples[: samples.size // 160 * 160].reshape(-1, 160).astype(float)
    power = (frames**2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 1e-4)
    return float(np.diff(loud).max(initial=1) - 1) / 100


@pytest.fixture(scope="module")
def bundled() -> np.ndarray:
    return read_flac(RECORDING_PATH)


def test_the_bundled_recording_is_small_and_has_a_channel_per_speaker(bundled):
    assert RECORDING_PATH.stat().st_size < 3_000_000
    assert bundled.dtype == np.int16
    assert bundled.shape[0] == len({line.speaker for line in read_script()})
    assert 60 < bundled.shape[1] / SAMPLE_RATE_HZ < 95


def test_each_line_is_spoken_where_the_timing_says_and_only_on_its_channel(bundled):
    for item in read_spoken_script():
        part = bundled[:, round(item.start_s * SAMPLE_RATE_HZ) : round(item.end_s * SAMPLE_RATE_HZ)].astype(float)
        loudness = np.sqrt((part**2).mean(axis=1))
        assert int(loudness.argmax()) == item.line.channel
        assert loudness[item.line.channel] > 100 * np.delete(loudness, item.line.channel).max()


def test_no_line_pauses_long_enough_to_be_cut_in_two(bundled):
    for item in read_spoken_script():
        part = bundled[item.line.channel, round(item.start_s * SAMPLE_RATE_HZ) : round(item.end_s * SAMPLE_RATE_HZ)]
        assert find_longest_pause_s(part) < LONGEST_INNER_PAUSE_S, item.line.text


def test_there_is_no_digital_silence(bundled):
    seconds = bundled[:, : bundled.shape[1] // SAMPLE_RATE_HZ * SAMPLE_RATE_HZ].reshape(
        len(bundled), -1, SAMPLE_RATE_HZ
    )
    assert (seconds.std(axis=2) > 1).all()


def test_flac_keeps_every_sample(tmp_path):
    samples = np.random.default_rng(1).integers(-32_768, 32_768, (4, 5_000)).astype(np.int16)
    write_flac(samples, tmp_path / "noise.flac")
    np.testing.assert_array_equal(read_flac(tmp_path / "noise.flac"), samples)


def test_without_flite_the_command_to_install_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartMissingError, match="apt-get install -y flite"):
        make_recording(read_script()[:1])


@needs_flite
def test_making_it_again_gives_the_bundled_samples(bundled):
    recording = make_recording(read_script())
    np.testing.assert_allclose(recording.samples.astype(int), bundled.astype(int), atol=1)
    assert [(place.start_s, place.end_s) for place in recording.places] == [
        (item.start_s, item.end_s) for item in read_spoken_script()
    ]


@needs_flite
def test_making_it_twice_gives_the_same_samples():
    lines = read_script()[:3]
    np.testing.assert_array_equal(make_recording(lines).samples, make_recording(lines).samples)


def test_the_command_without_flite_says_so_in_one_line_and_fails(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        "The speech synthesiser flite is not installed. Run `apt-get install -y flite`, then the same command again\n"
    )
