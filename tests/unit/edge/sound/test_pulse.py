"""Programs of the sound server that are not there, refuse, or go: each becomes one line, or an end."""

import threading
from pathlib import Path

import numpy as np
import pytest

from edge.sound.pulse import DefaultMonitor, PulseDevice, default_monitor, require_tools
from model.errors import PartMissingError, SourceError

INFO = "printf 'Server Name: x\\nDefault Sink: %s\\n' \"$(cat sink)\""
SOUND = "head -c 2560 /dev/zero"
CONNECTED = "printf 'Connected to device here.monitor (index: 1, suspended: no).\\n' >&2"


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Writes a program of the sound server as a few lines of shell; those of the system are still found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "sink").write_text("here")

    def write(name: str, *lines: str) -> None:
        (tmp_path / name).write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
        (tmp_path / name).chmod(0o755)

    write("pactl", f'case "$1" in info) {INFO};; list) printf "0\\there.monitor\\tx\\n";; *) cat tick;; esac')
    return write


class Heard:
    """What a capture delivered, and whether it ended."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.ended = threading.Event()

    def deliver(self, samples: np.ndarray, rate_hz: int, overrun: bool) -> None:
        assert (rate_hz, overrun) == (16_000, False)
        self.blocks.append(samples)


def opened(source: str, heard: Heard):
    device = DefaultMonitor(0.02) if source == "auto" else PulseDevice(source, 0.02)
    return device.open(None, heard.deliver, heard.ended.set)


def test_missing_programs_are_named_with_the_package(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartMissingError, match=r"parec and pactl\. .*apt-get install pulseaudio-utils"):
        require_tools()


def test_blocks_are_16_khz_floats_until_the_program_ends(programs):
    programs("parec", CONNECTED, SOUND)
    heard = Heard()
    capture = opened("here.monitor", heard)
    assert heard.ended.wait(5.0)
    capture.close()
    assert (capture.name, capture.channels) == ("here.monitor", 1)
    assert [block.shape for block in heard.blocks] == [(1, 320), (1, 320)]
    assert heard.blocks[0].dtype == np.float32


def test_a_recording_that_the_server_moves_elsewhere_ends(programs):
    moved = "printf 'Time: 0.1 sec; Latency: 0 usec.  \\rStream moved to device microphone (2, not suspended).\\n' >&2"
    programs("parec", CONNECTED, moved, "exec sleep 60")
    heard = Heard()
    capture = opened("here.monitor", heard)
    assert heard.ended.wait(5.0)
    capture.close()


def test_a_recording_of_the_default_output_ends_when_there_is_another(programs, tmp_path):
    programs("parec", CONNECTED, "exec sleep 60")
    (tmp_path / "tick").touch()
    heard = Heard()
    programs(
        "pactl",
        f'case "$1" in info) {INFO};;',
        '*) echo "Event \'change\' on server #1"; while [ "$(cat sink)" = here ]; do sleep 0.02; done',
        "   echo \"Event 'change' on sink #1\"; echo \"Event 'change' on server #1\"; exec sleep 60;; esac",
    )
    capture = opened("auto", heard)
    assert capture.name == "here.monitor"
    assert not heard.ended.wait(0.2)
    Path("sink").write_text("there")
    assert heard.ended.wait(5.0)
    capture.close()
    capture.close()


@pytest.mark.parametrize(
    "line, message",
    [
        ("Stream error: No such entity", r"cannot be recorded: No such entity\. Name one of: here\.monitor"),
        ("Connection failure: Connection refused", "cannot be recorded: Connection refused"),
        ("", "cannot be recorded: the sound server does not answer"),
    ],
)
def test_a_refusal_says_why_and_what_there_is(programs, line, message):
    programs("parec", f"echo '{line}' >&2", "exit 1")
    with pytest.raises(SourceError, match=message):
        opened("elsewhere.monitor", Heard())


@pytest.mark.parametrize("sink", ["(null)", ""])
def test_without_an_output_there_is_nothing_to_listen_to(programs, sink):
    Path("sink").write_text(sink)
    with pytest.raises(SourceError, match="no output to listen to"):
        default_monitor()


def test_without_a_sound_server_the_line_says_so(programs):
    programs("pactl", "exit 1")
    with pytest.raises(SourceError, match="neither PulseAudio nor PipeWire answers"):
        default_monitor()


@pytest.mark.parametrize("device", [DefaultMonitor(0.02), PulseDevice("here.monitor", 0.02)])
def test_it_has_one_channel(programs, device):
    with pytest.raises(SourceError, match="2 channels are needed"):
        device.open(2, lambda *_: None, lambda: None)


def test_another_source_than_the_one_asked_for_is_refused(programs):
    programs("parec", CONNECTED, "exec sleep 60")
    with pytest.raises(SourceError, match=r"the sound server took here\.monitor instead"):
        opened("gone.monitor", Heard())
