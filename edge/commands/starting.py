"""What the commands that run the pipeline share: logging, settings, and lines for people on the standard error."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.configuration import read_configuration
from edge.purpose import caution
from edge.settings import AppSettings
from model.errors import SettingsError
from realtime.parts import PartChoice


def say(line: str) -> None:
    """One line to people; the standard output is for results."""
    sys.stderr.write(f"undertone: {line}\n")
    sys.stderr.flush()


def where(url: str, site: str) -> str:
    """The options that make `undertone watch` look at this broker and site."""
    return f"--url {url} --site {site}"


@contextmanager
def nothing_to_clean_up() -> Iterator[None]:
    """While the networks' libraries are imported, Ctrl-C ends the process at once, with no trace of half an import."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def log_to_stderr(*, verbose: bool) -> None:
    """Warnings, and with `verbose` everything of ours, to the standard error; never what people said."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="undertone: %(name)s: %(message)s")
    if verbose:
        for package in ("model", "realtime", "edge"):
            logging.getLogger(package).setLevel(logging.INFO)


def read_settings(config: str | None) -> AppSettings:
    """The effective settings, after saying what the law has to say about them.

    Raises:
        SettingsError: As `edge.configuration.read_configuration` does.
    """
    settings = read_configuration(config).settings
    if (warning := caution(settings.purpose)) is not None:
        say(warning)
    return settings


def listen_to(settings: AppSettings, recording: Path | None, speakers: str, *, fast: bool) -> AppSettings:
    """The settings with what the command line says about the source.

    Args:
        settings: What was configured.
        recording: The file, or None to keep the configured source.
        speakers: Names per channel, separated by commas; empty for those configured.
        fast: As fast as it goes.

    Raises:
        SettingsError: `fast` came without a recording.
    """
    own = {"speakers": names} if (names := [name.strip() for name in speakers.split(",") if name.strip()]) else {}
    if recording is not None:
        source = PartChoice(part="recording", path=str(recording), fast=fast, **own)
    elif fast:
        raise SettingsError(
            "--fast is for a recording, and none was named", "Name one: undertone run meeting.wav --fast"
        )
    else:
        source = PartChoice(**{**settings.source.model_dump(), **own})
    return settings.model_copy(update={"source": source})
