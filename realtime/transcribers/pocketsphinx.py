"""The transcriber `pocketsphinx`: small, English, and decoding while people speak.

Its passes, measured on two busy cores: word error rate, and time from the last sample to the text.

               demo, 24 synthetic utterances   a real voice, 52 s
    first            12.7 %     8 ms             52.6 %    16 ms
    best_path         9.1 %    11 ms             54.4 %    66 ms
    all               5.2 %   103 ms             47.4 %   362 ms

All are the default: they start at the soft endpoint, 0.3 s before the end is decided, in a copy of the decoder beside
the others, so that most of their time costs nothing.
"""

import importlib.util
from enum import StrEnum

from pydantic import Field

from model.config import Config
from model.errors import PartMissingError, SettingsError
from realtime.clock import Clock, SystemClock
from realtime.recognition.remote import RemoteTranscriber

LANGUAGE = "en"
"""What the model in pocketsphinx's wheel understands, ISO 639-1."""

_WORKER = "realtime.recognition.sphinx_worker"


class Passes(StrEnum):
    """How often an utterance is searched."""

    FIRST = "first"
    BEST_PATH = "best_path"
    ALL = "all"


class Settings(Config):
    """How pocketsphinx listens."""

    language: str = Field(default=LANGUAGE, description="What is spoken, ISO 639-1; pocketsphinx understands en only.")
    passes: Passes = Field(
        default=Passes.ALL,
        description="first: quickest, most errors, no confidences (all 1). best_path: the best way through the first "
        "pass's words. all: a second, wider search besides; fewest errors, 0.1 to 0.6 s, mostly before the endpoint.",
    )
    decoders: int = Field(
        default=4,
        ge=1,
        le=16,
        description="Most channels decoded at once, some 100 MB each, used when heard; speech on more of them waits.",
    )
    partials: bool = Field(default=True, description="Whether text is given while people speak.")
    partial_every_s: float = Field(
        default=0.25, ge=0.05, le=10.0, description="Least time between two such texts of an utterance, seconds."
    )


def create(settings: Settings, clock: Clock | None = None) -> "PocketSphinx":
    """The transcriber for these settings; its process is not started yet.

    Raises:
        SettingsError: Another language than English.
        PartMissingError: pocketsphinx is not installed.
    """
    if settings.language != LANGUAGE:
        raise SettingsError(
            f"transcriber pocketsphinx understands {LANGUAGE} only, not {settings.language!r}",
            f"Set language: {LANGUAGE}; other languages need another transcriber, such as whisper",
        )
    if importlib.util.find_spec("pocketsphinx") is None:
        raise PartMissingError(
            "transcriber pocketsphinx needs the Python package 'pocketsphinx'", "Install it: pip install pocketsphinx"
        )
    return PocketSphinx(settings, clock or SystemClock())


class PocketSphinx(RemoteTranscriber):
    """pocketsphinx in a process of its own: finishing an utterance, it holds the interpreter's lock for 0.1 to 0.6 s.

    Args:
        settings: How it listens.
        clock: For timing.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        first_message = {
            "decoders": settings.decoders,
            "partial_every_s": settings.partial_every_s if settings.partials else 0.0,
            "sphinx": {"fwdflat": settings.passes is Passes.ALL, "bestpath": settings.passes is not Passes.FIRST},
        }
        super().__init__("pocketsphinx", settings.language, _WORKER, first_message, clock)
