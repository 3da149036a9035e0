"""`undertone models` as it is typed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.commands.app import main
from realtime.recognition import weights
from tests.file_server import serving
from tests.running_node import UNDERTONE

ROOT = Path(__file__).parents[2]
FILES = {
    "config.json": b"{}",
    "model.safetensors": bytes(range(256)) * 8000,
    "tokenizer.json": b"{}",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(monkeypatch):
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.repository("UsefulSensors/moonshine-tiny", FILES, large=("model.safetensors",))
        yield server


@pytest.fixture
def typed(monkeypatch, capsys):
    """Types a command; gives its exit status, and what it said on both outputs."""

    def type_in(*words: str | Path) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["undertone", "models", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return type_in


def test_a_model_is_listed_fetched_listed_as_here_and_removed(typed, folder, hub, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    status, out, _ = typed()
    assert status == 0
    (line,) = [line for line in out.splitlines() if line.startswith("moonshine-tiny ")]
    assert " yes " not in line
    assert str(folder) in out.replace("\n", "")

    status, out, err = typed("fetch", "moonshine-tiny")
    assert (status, out) == (0, "")
    assert err.splitlines()[0] == f"undertone: moonshine-tiny is here: {folder}/moonshine-tiny"
    assert "transcriber.part is auto" in err

    _, out, _ = typed("list")
    (line,) = [line for line in out.splitlines() if line.startswith("moonshine-tiny ")]
    assert " yes " in line
    assert "is here already" in typed("fetch", "moonshine-tiny")[2]

    assert typed("remove", "moonshine-tiny") == (0, "", "undertone: moonshine-tiny is removed, 2 MB are free\n")
    assert typed("remove", "moonshine-tiny") == (0, "", "undertone: moonshine-tiny is not here: nothing to remove\n")


@pytest.mark.parametrize("words", [("--json",), ("list", "--json")])
def test_the_list_is_there_for_programs(typed, folder, words):
    status, out, err = typed(*words)
    assert (status, err) == (0, "")
    listed = json.loads(out)
    assert listed["folder"] == str(folder)
    models = {model["name"]: model for model in listed["models"]}
    assert models["whisper-base.en"] == {
        "name": "whisper-base.en",
        "recogniser": "whisper",
        "size_mb": 145,
        "memory_mb": 296,
        "languages": "English",
        "licence": "MIT",
        "gives": "fewer errors for about twice the work of tiny.en",
        "word_error_rates": [
            {"percent": 4.2, "data": "LibriSpeech test-clean", "source": "https://arxiv.org/abs/2508.20869"},
            {"percent": 20.5, "data": "AMI, headsets", "source": "https://arxiv.org/abs/2508.20869"},
        ],
        "fetched": False,
        "installed": models["whisper-base.en"]["installed"],
        "install": "pip install 'undertone[whisper]'",
    }


def test_a_voice_model_is_listed_fetched_at_its_commit_and_removed(typed, folder, hub, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    name, files = "wav2vec2-base-superb-er", {"preprocessor_config.json": b"{}", "pytorch_model.bin": bytes(2_000_000)}
    commit = "441a7599c3b22107314dcbd9166621c5c83f2cc5"
    hub.repository(f"superb/{name}", {**FILES, **files}, large=("pytorch_model.bin",), revision=commit)
    status, out, err = typed("fetch", name)
    assert (status, out) == (0, "")
    assert err.splitlines() == [
        f"undertone: {name} is here: {folder}/{name}",
        f"undertone: to use it, set voice_encoder: {{part: transformers, model: {name}}}",
    ]
    assert sorted(path.name for path in (folder / name).iterdir()) == ["config.json", *sorted(files)]
    (line,) = [line for line in typed("list")[1].splitlines() if line.startswith(f"{name} ")]
    assert " yes " in line
    (listed,) = [each for each in json.loads(typed("--json")[1])["voice_models"] if each["name"] == name]
    assert listed == {
        "name": name,
        "voice_encoder": "transformers",
        "size_mb": 378,
        "memory_mb": 378,
        "labels": ["neutral", "joy", "anger", "sadness"],
        "licence": "Apache-2.0",
        "gives": "the smallest of them, for a strong CPU or a GPU; knows no disgust, fear and surprise",
        "accuracy": {
            "percent": 63.43,
            "data": "IEMOCAP, four emotions, as in SUPERB",
            "source": "https://huggingface.co/superb/wav2vec2-base-superb-er",
        },
        "revision": commit,
        "fetched": True,
        "installed": True,
        "install": "pip install transformers",
    }
    assert typed("remove", name) == (0, "", f"undertone: {name} is removed, 2 MB are free\n")


@pytest.mark.parametrize("command", ["fetch", "remove"])
def test_an_unknown_name_is_one_line_with_the_nearest(typed, folder, command):
    status, out, err = typed(command, "moonshin-tiny")
    assert (status, out) == (2, "")
    assert err.startswith("undertone: no model is called 'moonshin-tiny'. Did you mean moonshine-tiny")
    assert len(err.splitlines()) == 1


def test_a_local_copy_is_taken(typed, folder, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, content in FILES.items():
        (copy / name).write_bytes(content)
    assert typed("fetch", "moonshine-base", "--from", copy)[0] == 0
    assert weights.find("moonshine-base") == folder / "moonshine-base"


def test_ctrl_c_ends_it_at_once_and_keeps_what_came(typed, folder, hub):
    hub.holds = "/model.safetensors"
    process = subprocess.Popen(
        [*UNDERTONE, "models", "fetch", "moonshine-tiny"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        assert hub.half_sent.wait(30)
        part = folder / "moonshine-tiny.part" / "model.safetensors.part"
        while not (part.exists() and part.stat().st_size):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert said == "undertone: stopped; what came is kept, and this goes on: undertone models fetch moonshine-tiny\n"
    assert weights.find("moonshine-tiny") is None

    hub.holds = None
    hub.asked.clear()
    assert typed("fetch", "moonshine-tiny")[0] == 0
    (resumed,) = [begin for path, begin in hub.asked if path.endswith("/model.safetensors")]
    assert resumed is not None
