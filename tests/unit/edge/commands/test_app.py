"""The command line: everything promised is there, starts at once, and says in one line what is wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.commands.app import COMMANDS, build
from edge.commands.bench import MEASUREMENTS

ROOT = Path(__file__).parents[4]
HEAVY = {"aiomqtt", "amqtt", "av", "numba", "pydantic_settings", "rich.live", "sounddevice", "torch", "transformers"}


def undertone(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge", *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_command_is_there_and_explains_itself():
    app = build()
    listed = CliRunner().invoke(app, ["--help"]).output
    assert re.findall(r"^│ ([a-z]+) ", listed, re.MULTILINE) == list(COMMANDS)
    for words in [[name] for name in COMMANDS] + [["bench", name] for name in MEASUREMENTS]:
        answer = CliRunner().invoke(app, [*words, "--help"])
        assert answer.exit_code == 0
        assert " ".join(words) in answer.output


def test_help_imports_nothing_heavy():
    script = "import sys, edge.commands.app as app; app.build(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


def test_what_the_user_can_mend_is_one_line_and_exit_code_2():
    done = undertone("config", "--config", "meating")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "undertone: there is no configuration 'meating'. "
        "Give a YAML file, or one of: call, default, kiosk, meeting, text-only\n"
    )


def test_an_unknown_command_is_refused():
    assert undertone("meditate").returncode == 2


def test_config_prints_a_file_that_gives_the_same_settings(tmp_path):
    runner = CliRunner()
    printed = runner.invoke(build(), ["config", "-c", "meeting"])
    assert printed.exit_code == 0
    assert "Article 5(1)(f)" in printed.output
    assert re.search(
        r"^ *# Silence after which a conversation is over, seconds.*\n *idle_end_s: 300", printed.output, re.MULTILINE
    )
    copy = tmp_path / "copy.yaml"
    copy.write_text(printed.output, encoding="utf-8")
    first, second = (
        json.loads(runner.invoke(build(), ["config", "--json", "-c", config]).output)
        for config in ("meeting", str(copy))
    )
    assert first == second
    assert first["conversation"] == {"idle_end_s": 300.0}
    assert first["segmenter"]["part"] == "silero"


def test_config_shows_no_secret(monkeypatch):
    monkeypatch.setenv("UNDERTONE_PUBLISHER__PASSWORD", "hunter2")
    for words in (["config"], ["config", "--json"]):
        shown = CliRunner().invoke(build(), words)
        assert shown.exit_code == 0
        assert "hunter2" not in shown.output
    assert json.loads(shown.output)["publisher"]["password"] is True


@pytest.mark.parametrize("preset", ["default", "meeting", "call", "kiosk", "text-only"])
def test_config_explains_every_setting(preset):
    lines = CliRunner().invoke(build(), ["config", "-c", preset]).output.splitlines()
    settings = [number for number, line in enumerate(lines) if re.match(r" *[a-z_]+:", line)]
    assert len(settings) > 20
    for number in settings:
        assert re.match(r" *# [A-Za-z].{10,}", lines[number - 1])
