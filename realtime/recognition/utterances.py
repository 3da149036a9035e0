"""The transcriber of a batch recogniser, in a process of its own, and the settings that all of them have."""

from pathlib import Path

from pydantic import Field

from model.config import Config
from realtime.clock import Clock
from realtime.recognition.framing import Message
from realtime.recognition.gates import GateSettings
from realtime.recognition.remote import Patience, RemoteTranscriber

_WORKER = "realtime.recognition.utterance_worker"
_UNDETERMINED = "und"  # ISO 639-2, where nothing was said that could have told


class UtteranceSettings(Config):
    """How a recogniser that decodes whole utterances works."""

    model: str = Field(min_length=1, description="A model's name, or a path to its weights.")
    language: str | None = Field(
        default="en",
        min_length=2,
        description="What is spoken, ISO 639-1; null finds it out for every utterance, as Whispers without .en can.",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="What decodes: auto (a GPU where there is one), cpu, cuda, or one of several: cuda:1.",
    )
    threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads that decode; 0 lets the library choose, mostly all cores."
    )
    partials: bool = Field(
        default=False,
        description="Whether text is given while people speak; each costs as much as decoding all so far.",
    )
    partial_every_s: float = Field(
        default=1.0, ge=0.2, le=30.0, description="Sound between two such texts of an utterance, seconds."
    )
    ready_within_s: float = Field(
        default=180.0, ge=1.0, le=3600.0, description="How long loading may take, seconds; large models take a minute."
    )
    answer_within_s: float = Field(
        default=120.0, ge=1.0, le=3600.0, description="How long an utterance's text may take after its end, seconds."
    )
    gates: GateSettings = Field(default=GateSettings(), description="What is believed of what was recognised.")


class UtteranceTranscriber(RemoteTranscriber):
    """A batch recogniser in a process of its own.

    Args:
        part: The transcriber's name.
        package: What pip installs it from.
        decoder: The module that loads it, with `load(settings)`.
        path: Where its weights are.
        settings: How it works; those of its part besides go to the process as they are.
        clock: For timing.
    """

    def __init__(
        self, part: str, package: str, decoder: str, path: Path, settings: UtteranceSettings, clock: Clock
    ) -> None:
        own = settings.model_dump(mode="json")
        first_message: Message = own | {
            "part": part,
            "decoder": decoder,
            "path": str(path),
            "partial_every_s": settings.partial_every_s if settings.partials else 0.0,
        }
        super().__init__(
            part,
            settings.language or _UNDETERMINED,
            _WORKER,
            first_message,
            clock,
            Patience(settings.ready_within_s, settings.answer_within_s),
            package,
        )
