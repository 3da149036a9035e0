"""What the commands that run the pipeline share: settings, and a clean end while they load."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.captions.reader import SUFFIXES
from edge.configuration import read_configuration
from edge.logs import say
from edge.purpose import caution
from edge.settings import AppSettings
from model.errors import SettingsError


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


def read_settings(config: str | None, overrides: Mapping[str, Any] | None = None) -> AppSettings:
    """The effective settings, after saying what the law has to say about them.

    Args:
        config: A preset or a file.
        overrides: What the command line gives, as `source_given` says it.

    Raises:
        SettingsError: As `edge.configuration.read_configuration` does.
    """
    settings = read_configuration(config, overrides).settings
    if (warning := caution(settings.purpose)) is not None:
        say(warning)
    return settings


def source_given(
    config: str | None,
    recording: Path | None,
    speakers: str,
    *,
    fast: bool,
    captions: Path | None = None,
    follow: bool = False,
) -> dict[str, Any]:
    """What the command line says about the source, as a setting that goes over all others; empty if it says nothing.

    Args:
        config: A preset or a file, whose source gets the speakers where no recording is named.
        recording: A recording, or captions by their suffix; None to keep the configured source.
        speakers: Names per channel, separated by commas; empty for those configured.
        fast: As fast as it goes.
        captions: Captions whatever their name, or `-`.
        follow: Read on as the captions grow.

    Raises:
        SettingsError: Some of it does not go together, or as `read_settings` does.
    """
    if recording is not None and captions is not None:
        raise SettingsError("--captions names a file besides the one that is named already", "Name one of them")
    if captions is None and recording is not None and recording.suffix.lower() in SUFFIXES:
        recording, captions = None, recording
    if captions is not None:
        return _captions_given(captions, speakers, fast=fast, follow=follow)
    if follow:
        raise SettingsError(
            "--follow is for captions, and none were named",
            "Name them: undertone run --captions FILE --follow",
        )
    own = {"speakers": speakers} if speakers else {}
    if recording is not None:
        return {"source": {"part": "recording", "path": str(recording), "fast": fast, **own}}
    if fast:
        raise SettingsError(
            "--fast is for a recording or captions, and none was named",
            "Name one: undertone run meeting.wav --fast",
        )
    return {"source": {**read_configuration(config).settings.source.model_dump(), **own}} if own else {}


def _captions_given(captions: Path, speakers: str, *, fast: bool, follow: bool) -> dict[str, Any]:
    if speakers:
        raise SettingsError(
            "--speakers names the channels of sound, and captions say themselves who speaks",
            "Leave it out; to call people otherwise, set source.speakers: {NAME: name} in a file for --config",
        )
    if follow and str(captions) == "-":
        raise SettingsError("--follow is for a file; standard input is read as it comes", "Leave out --follow")
    return {"source": {"part": "captions", "path": str(captions), "fast": fast, "follow": follow}}
