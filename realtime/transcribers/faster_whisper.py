"""The transcriber `faster_whisper`: the same Whispers as `whisper`, computed by CTranslate2 in less time and memory.

Its weights are folders of their own format; names mean the same sizes. What is made up where nobody spoke is held back
by the same gates.
"""

import importlib.util
from pathlib import Path

from pydantic import Field

from model.errors import PartMissingError
from realtime.clock import Clock, SystemClock
from realtime.recognition.hub_cache import hub_folder
from realtime.recognition.stored_weights import given, stored
from realtime.recognition.utterances import UtteranceSettings, UtteranceTranscriber

_PART = "faster_whisper"
_PACKAGE = "faster-whisper"
_DECODER = "realtime.recognition.faster_whisper_decoder"
_NAMES = {"large": "large-v3", "large-v3-turbo": "turbo"}  # as `undertone models` does


class Settings(UtteranceSettings):
    """How faster-whisper listens."""

    model: str = Field(
        default="base.en",
        min_length=1,
        description="A name, such as tiny.en, base.en, small.en, or base, small, turbo for many languages; or a path "
        "to a folder in CTranslate2's format.",
    )
    beams: int = Field(default=1, ge=1, le=16, description="Texts that are followed at once; 1 is the quickest.")
    compute_type: str = Field(
        default="default",
        pattern=r"^[a-z0-9_]+$",
        description="Numbers it computes with: default (as the weights are stored), int8 (least memory), float16, …",
    )


def create(settings: Settings, clock: Clock | None = None) -> "FasterWhisper":
    """The transcriber for these settings; its process is not started yet.

    Raises:
        PartMissingError: faster-whisper or the model's weights are not on this machine.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        raise PartMissingError(
            f"transcriber {_PART} needs the Python package '{_PACKAGE}'",
            "Install it: pip install 'undertone[faster-whisper]'",
        )
    return FasterWhisper(settings, clock or SystemClock())


class FasterWhisper(UtteranceTranscriber):
    """faster-whisper in a process of its own.

    Args:
        settings: How it listens.
        clock: For timing.

    Raises:
        PartMissingError: The model's weights are not on this machine.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        name = settings.model.removeprefix(f"{_PACKAGE}-")
        fetched = f"{_PACKAGE}-{_NAMES.get(name, name)}"
        path = given(_PART, settings.model, Path.is_dir) or stored(_PART, settings.model, fetched, hub_folder)
        super().__init__(_PART, _PACKAGE, _DECODER, path, settings, clock)
