"""`undertone devices` beside a real sound server: its room is a microphone for PortAudio, and a monitor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.audio

ROOT = Path(__file__).parents[2]


def listed(environment):
    done = subprocess.run(
        [sys.executable, "-m", "edge", "devices", "--json"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_room_is_found_by_portaudio_and_by_the_sound_server(room):
    said = listed(room.environment)
    assert any(device["default"] for device in said["microphones"]["devices"])
    [monitor] = said["sound_server"]["devices"]
    assert (monitor["name"], monitor["monitor"], monitor["default"]) == ("room.monitor", True, True)
    assert (monitor["channels"], monitor["rate_hz"]) == (2, 48000)
    assert monitor["setting"] == "UNDERTONE_SOURCE__PART=call UNDERTONE_SOURCE__REMOTE=room.monitor"


@pytest.mark.faults
def test_without_the_sound_server_everything_else_is_listed(room):
    room.stop()
    said = listed(room.environment)
    assert said["sound_server"]["devices"] == []
    assert "Start one" in said["sound_server"]["remedy"]
    assert said["microphones"]["remedy"]
