"""Whatever is wrong, one line says what to do, the exit status is 2, and nothing that was heard is lost."""

import os
import socket
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.commands.app import main
from edge.demo.script import RECORDING_PATH
from model.checkpoint import SHIPPED
from tests.running_node import UNDERTONE

Complaint = Callable[..., str]


@pytest.fixture
def complaint(monkeypatch, capsys) -> Complaint:
    """Types a command that cannot be done; gives the one line it says."""

    def type_in(*words: str | Path, code: int = 2) -> str:
        monkeypatch.setattr(sys, "argv", ["undertone", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr().err.splitlines()
        assert ended.value.code == code
        ready = ("undertone: listening to ", "undertone: recognising with ", "undertone: emotions are read from ")
        assert all(line.startswith(ready) for line in said[:-1])
        return said[-1]

    return type_in


@pytest.fixture(autouse=True)
def free_ports(monkeypatch):
    """Tests must not depend on who listens on the usual ports."""
    monkeypatch.setenv("UNDERTONE_BROKER__PORT", "0")
    monkeypatch.setenv("UNDERTONE_BROKER__WEBSOCKET_PORT", "null")


def write_wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples * 32_767).astype(np.int16).tobytes())
    return path


def test_a_recording_that_is_not_there(complaint):
    assert "nowhere.wav" in complaint("run", "nowhere.wav", "--fast")


def test_a_file_that_is_no_recording(complaint, tmp_path):
    path = tmp_path / "notes.wav"
    path.write_text("these are words, not sound")
    assert "notes.wav" in complaint("run", path, "--fast")


def test_an_empty_recording(complaint, tmp_path):
    assert "empty" in complaint("run", write_wav(tmp_path / "nothing.wav", np.zeros(0)), "--fast")


def test_a_silent_recording(complaint, tmp_path):
    assert "silent" in complaint("run", write_wav(tmp_path / "quiet.wav", np.zeros(48_000)), "--fast")


def test_a_device_that_is_not_there():
    # In a process of its own: PortAudio looks for devices once, and other tests bring microphones along.
    environment = os.environ | {"UNDERTONE_SOURCE__DEVICE": "the one on the moon"}
    done = subprocess.run([*UNDERTONE, "run"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no microphone" in done.stderr or "exactly one microphone 'the one on the moon'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_not_there_may_be_tried_again(complaint, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("UNDERTONE_PUBLISHER__BROKER", f"mqtt://127.0.0.1:{port}")
    assert str(port) in complaint("run", RECORDING_PATH, "--fast", code=75)


def test_a_port_that_is_taken(complaint, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("UNDERTONE_BROKER__PORT", port)
        line = complaint("run", RECORDING_PATH, "--fast")
    assert port in line
    assert "broker.port" in line


def test_an_anonymous_broker_on_another_machine(complaint, monkeypatch):
    monkeypatch.setenv("UNDERTONE_PUBLISHER__BROKER", "mqtt://broker.example:1883")
    assert "allow_insecure" in complaint("run", RECORDING_PATH, "--fast")


def test_an_unknown_configuration_key(complaint, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("segmentor:\n  endpoint_s: 0.4\n")
    line = complaint("run", RECORDING_PATH, "--config", path)
    assert "segmentor" in line
    assert "segmenter" in line


def test_a_setting_out_of_its_range(complaint, monkeypatch):
    monkeypatch.setenv("UNDERTONE_SEGMENTER__ENDPOINT_S", "-1")
    assert "endpoint_s" in complaint("run", RECORDING_PATH, "--fast")


def test_another_language(complaint, monkeypatch):
    monkeypatch.setenv("UNDERTONE_LANGUAGE", "de")
    assert "English" in complaint("run", RECORDING_PATH, "--fast")


@pytest.mark.parametrize("purpose", ["workplace", "education"])
@pytest.mark.parametrize("modalities", ["text,audio", "video", "audio,video"])
def test_reading_voices_or_faces_where_the_law_prohibits_it(complaint, monkeypatch, purpose, modalities):
    monkeypatch.setenv("UNDERTONE_PURPOSE", purpose)
    monkeypatch.setenv("UNDERTONE_MODALITIES", modalities)
    line = complaint("run", RECORDING_PATH, "--fast")
    assert "Article 5(1)(f)" in line
    assert "text" in line


@pytest.mark.parametrize(
    "modalities, words", [("text,smell", "'text', 'audio' or 'video'"), ("audio", "Set modalities: [text, audio]")]
)
def test_reading_what_cannot_be_read(complaint, modalities, words):
    assert words in complaint("run", RECORDING_PATH, "--fast", "--modalities", modalities)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "missing", "no card"])
def test_a_checkpoint_that_is_none(complaint, monkeypatch, tmp_path, damage):
    card, weights = (SHIPPED / "card.json").read_bytes(), bytearray((SHIPPED / "model.safetensors").read_bytes())
    if damage == "truncated":
        weights = weights[: len(weights) // 2]
    if damage == "flipped":
        weights[len(weights) // 2] ^= 0xFF
    if damage == "foreign":
        card = card.replace(b'"mtml"', b'"resnet"')
    if damage != "no card":
        (tmp_path / "card.json").write_bytes(card)
    if damage != "missing":
        (tmp_path / "model.safetensors").write_bytes(weights)
    monkeypatch.setenv("UNDERTONE_NETWORK__CHECKPOINT", str(tmp_path))
    assert str(tmp_path) in complaint("run", RECORDING_PATH, "--fast")


def test_a_recording_that_breaks_off_is_published_up_to_there(monkeypatch, capsys, tmp_path):
    whole = RECORDING_PATH.read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(whole[: len(whole) // 10])
    monkeypatch.setattr(sys, "argv", ["undertone", "run", str(path), "--fast", "--verbose"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "cut.flac" in said
    assert "Traceback" not in said
