"""Every line of the log says when, how bad, who and what; and which conversation and utterance it is about."""

import json
import logging
import re
import subprocess
import sys

import pytest

from edge.logs import JsonLines, TextLines, complain, say


def written(formatter, level, message, *args, exc_info=None, extra=None):
    name = "edge.mqtt.link"
    return formatter.format(
        logging.getLogger(name).makeRecord(name, level, "link.py", 1, message, args, exc_info, extra=extra)
    )


ABOUT = {"conversation": "c-1", "utterance": "u4"}


def test_text_is_one_line_for_people():
    line = written(TextLines(), logging.WARNING, "no connection (%s)\nin %d s", "gone", 3, extra=ABOUT)
    assert re.fullmatch(
        r"undertone: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning edge\.mqtt\.link: no connection \(gone\) in 3 s "
        r"\(conversation c-1, utterance u4\)",
        line,
    )


def test_json_is_one_object_in_one_line():
    line = written(JsonLines(), logging.INFO, "über\n%s", "x", extra=ABOUT | {"utterance": None})
    assert "\n" not in line
    said = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
    assert said == {"level": "info", "logger": "edge.mqtt.link", "message": "über\nx", "conversation": "c-1"}


def test_a_trace_is_part_of_its_line():
    error = ValueError("broken")
    said = json.loads(written(JsonLines(), logging.ERROR, "a bug", exc_info=(ValueError, error, None)))
    assert "ValueError: broken" in said["exception"]


def test_lines_to_people_are_plain(capsys):
    say("100 % listening")
    complain("that is not there")
    assert capsys.readouterr().err == "undertone: 100 % listening\nundertone: that is not there\n"


JSON = """
import logging, warnings
from edge.logs import LogFormat, complain, log_to_stderr, say
log_to_stderr(verbose={verbose}, form=LogFormat.JSON)
say("listening")
logging.getLogger("edge.app").info("a step")
logging.getLogger("somebody.else").info("chatter")
warnings.warn("old")
complain("no such file")
raise RuntimeError("a bug")
"""


@pytest.mark.parametrize("verbose", [False, True])
def test_as_json_everything_on_the_standard_error_is(verbose):
    done = subprocess.run(
        [sys.executable, "-c", JSON.format(verbose=verbose)], capture_output=True, text=True, check=False, timeout=30
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    loggers = ["undertone", *(["edge.app"] if verbose else []), "py.warnings", "undertone", "undertone"]
    assert [line["logger"] for line in lines] == loggers
    assert [line["level"] for line in lines][-2:] == ["error", "critical"]
    assert "RuntimeError: a bug" in lines[-1]["exception"]
