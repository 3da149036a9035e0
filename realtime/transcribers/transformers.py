"""The transcriber `transformers`: any speech recognition checkpoint of Hugging Face's `transformers`.

Moonshine, made for live use on a CPU: its work grows with what was said. Whisper, also fine-tuned ones. wav2vec2 and
other CTC models, which know when each word was. What is made up where nobody spoke is held back by gates.
"""

from pathlib import Path

from pydantic import Field

from model.errors import SettingsError
from realtime.clock import Clock, SystemClock
from realtime.recognition.catalogue import MODELS
from realtime.recognition.hub_cache import hub_folder
from realtime.recognition.stored_weights import given, stored
from realtime.recognition.utterances import UtteranceSettings, UtteranceTranscriber

_PART = "transformers"
_DECODER = "realtime.recognition.transformers_decoder"
_ENGLISH_ONLY = {model.name for model in MODELS if model.part == _PART and model.english_only}


class Settings(UtteranceSettings):
    """How a checkpoint of `transformers` listens."""

    model: str = Field(
        default="moonshine-base",
        min_length=1,
        description="A name that `undertone models` shows, or one of the Hugging Face Hub that was fetched before, "
        "such as facebook/wav2vec2-base-960h, or a path to a folder.",
    )


def create(settings: Settings, clock: Clock | None = None) -> "Transformers":
    """The transcriber for these settings; its process is not started yet.

    Raises:
        PartMissingError: The model's weights are not on this machine.
        SettingsError: The model is known not to understand the language.
    """
    return Transformers(settings, clock or SystemClock())


class Transformers(UtteranceTranscriber):
    """A checkpoint of `transformers` in a process of its own.

    Args:
        settings: How it listens.
        clock: For timing.

    Raises:
        PartMissingError: The model's weights are not on this machine.
        SettingsError: The model is known not to understand the language.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        fetched = settings.model.rpartition("/")[2]
        if fetched in _ENGLISH_ONLY and settings.language not in {None, "en"}:
            raise SettingsError(
                f"transcriber {_PART}: model {fetched} does not understand language {settings.language!r}",
                "Set transcriber.language: en, or a model of that language",
            )
        path = given(_PART, settings.model, Path.is_dir) or stored(_PART, settings.model, fetched, hub_folder)
        super().__init__(_PART, _PART, _DECODER, path, settings, clock)
