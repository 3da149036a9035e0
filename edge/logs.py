"""Lines on the standard error: text for people, or a JSON object each for machines; never what people said.

A log call names what it is about by `extra={"conversation": …, "utterance": …}`, which stands in the line. Words,
names of people and results are never logged.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Final

_ABOUT: Final = ("conversation", "utterance")
_OURS: Final = ("model", "realtime", "edge")


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class TextLines(logging.Formatter):
    """`undertone: TIME LEVEL LOGGER: MESSAGE (conversation ID, utterance ID)`, then a trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        about = ", ".join(f"{name} {value}" for name, value in _about(record).items())
        message = " ".join(record.getMessage().split())
        line = f"undertone: {_time(record)} {_level(record)} {record.name}: {message}{about and f' ({about})'}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object: time, level, logger, message, and conversation, utterance and exception where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = {
            "time": _time(record),
            "level": _level(record),
            "logger": record.name,
            "message": record.getMessage(),
            **_about(record),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


class _ForPeople(logging.Formatter):
    """`undertone: MESSAGE`."""

    def format(self, record: logging.LogRecord) -> str:
        return f"undertone: {record.getMessage()}"


class _StandardError(logging.Handler):
    """Writes to whatever the standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")
        sys.stderr.flush()


_TO_PEOPLE = _StandardError()
_TO_PEOPLE.setFormatter(_ForPeople())
_PEOPLE = logging.getLogger("undertone")
_PEOPLE.addHandler(_TO_PEOPLE)
_PEOPLE.setLevel(logging.INFO)
_PEOPLE.propagate = False


def say(line: str) -> None:
    """One line to people; the standard output is for results."""
    _PEOPLE.info("%s", line)


def complain(line: str) -> None:
    """One line to people about what ended the program."""
    _PEOPLE.error("%s", line)


def log_to_stderr(*, verbose: bool, form: LogFormat = LogFormat.TEXT) -> None:
    """Warnings, and with `verbose` what the stages do, to the standard error.

    Args:
        verbose: Whether our own lines of level info are written, too.
        form: How lines are written; as JSON, that goes for those to people and for the trace of a bug as well.
    """
    handler = _StandardError()
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if verbose:
        for package in _OURS:
            logging.getLogger(package).setLevel(logging.INFO)
    if form is LogFormat.JSON:
        _TO_PEOPLE.setFormatter(JsonLines())
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_bug


def _log_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the program and is nobody's mistake but ours."""
    _PEOPLE.critical("ended by a bug: %s", kind.__name__, exc_info=(kind, error, trace))


def _about(record: logging.LogRecord) -> dict[str, str]:
    """The conversation and the utterance that a line is about."""
    return {name: str(value) for name in _ABOUT if (value := getattr(record, name, None)) is not None}


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(record: logging.LogRecord) -> str:
    return record.levelname.lower()
