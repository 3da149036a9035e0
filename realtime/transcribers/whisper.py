"""The transcriber `whisper`: openai-whisper, which decodes an utterance when it pauses or ends.

It writes sentences, with capitals and punctuation, in English or in some hundred languages. Its cost hardly depends on
how long an utterance is, because it always encodes 30 s. What it makes up where nobody spoke is held back by gates.
"""

import importlib.util
import os
from pathlib import Path

from pydantic import Field

from model.errors import PartMissingError
from realtime.clock import Clock, SystemClock
from realtime.recognition.stored_weights import given, stored
from realtime.recognition.utterances import UtteranceSettings, UtteranceTranscriber

_PART = "whisper"
_PACKAGE = "openai-whisper"
_DECODER = "realtime.recognition.whisper_decoder"
_FILES = {"large": "large-v3", "turbo": "large-v3-turbo"}  # as openai-whisper names what it fetches
_NAMES = {"large": "large-v3", "large-v3-turbo": "turbo"}  # as `undertone models` does


class Settings(UtteranceSettings):
    """How Whisper listens."""

    model: str = Field(
        default="base.en",
        min_length=1,
        description="A name, such as tiny.en, base.en, small.en, or base, small, turbo for many languages; or a path "
        "to a .pt file.",
    )
    beams: int = Field(default=1, ge=1, le=16, description="Texts that are followed at once; 1 is the quickest.")
    temperatures: tuple[float, ...] = Field(
        default=(0.0,),
        min_length=1,
        description="Tried in this order while a text loops or is improbable; 0 alone is tried once and not at random.",
    )


def create(settings: Settings, clock: Clock | None = None) -> "Whisper":
    """The transcriber for these settings; its process is not started yet.

    Raises:
        PartMissingError: openai-whisper or the model's weights are not on this machine.
    """
    if importlib.util.find_spec("whisper") is None:
        raise PartMissingError(
            f"transcriber {_PART} needs the Python package '{_PACKAGE}'", "Install it: pip install 'undertone[whisper]'"
        )
    return Whisper(settings, clock or SystemClock())


class Whisper(UtteranceTranscriber):
    """openai-whisper in a process of its own.

    Args:
        settings: How it listens.
        clock: For timing.

    Raises:
        PartMissingError: The model's weights are not on this machine.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        name = settings.model.removeprefix("whisper-")
        fetched = f"whisper-{_NAMES.get(name, name)}"
        path = given(_PART, settings.model, Path.is_file) or stored(_PART, settings.model, fetched, _cached)
        super().__init__(_PART, _PACKAGE, _DECODER, path, settings, clock)


def _cached(model: str) -> Path | None:
    """What openai-whisper itself has fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "whisper"
    path = cache / f"{_FILES.get(model, model)}.pt"
    return path if path.is_file() else None
