"""Listening to a voiced recording with the whole live pipeline, without a broker, as fast as it goes."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.app import App
from edge.demo.make import SAMPLE_RATE_HZ
from edge.demo.scoring import HeardUtterance
from edge.settings import AppSettings
from model.checkpoint import Checkpoint
from model.emotions import NEUTRAL
from realtime.events import Event, Failure, Heard, Understood
from realtime.parts import PartChoice

_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Listening:
    """What was heard of a recording.

    Attributes:
        utterances: What was understood, in order of arrival; the newest revision of everything.
        failed: Items that a stage of the pipeline could not process.
    """

    utterances: tuple[HeardUtterance, ...]
    failed: int


class Notebook:
    """A publisher that keeps utterances, emotions and causes; the newest revision counts.

    Attributes:
        failed: Items that a stage of the pipeline could not process.
    """

    def __init__(self) -> None:
        self.failed = 0
        self._heard: dict[str, Heard] = {}
        self._emotions: dict[str, str] = {}
        self._causes: dict[str, tuple[str, ...]] = {}

    async def open(self) -> None:
        """Nothing to connect to."""

    async def publish(self, *events: Event) -> None:
        """Write down what is about utterances."""
        for event in events:
            self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case Heard():
                self._heard[_key(event)] = event
            case Understood(heard=heard, emotion=emotion, cause=cause):
                if emotion is not None:
                    self._emotions[_key(heard)] = emotion.label
                if cause is not None:
                    self._causes[_key(heard)] = tuple(map(_key, event.causes))
            case Failure():
                self.failed += 1
            case _:
                pass

    async def close(self) -> None:
        """Nothing to let go of."""

    def utterances(self) -> tuple[HeardUtterance, ...]:
        """Everything so far, in order of arrival. What the network could not read is neutral, without causes."""
        positions = {key: position for position, key in enumerate(self._heard)}
        return tuple(
            HeardUtterance(
                start_s=heard.transcript.start_s,
                end_s=heard.transcript.end_s,
                speaker=heard.speaker.id,
                text=heard.transcript.text,
                emotion=self._emotions.get(key, NEUTRAL),
                causes=tuple(positions[cause] for cause in self._causes.get(key, ())),
            )
            for key, heard in self._heard.items()
        )


async def listen(recording: Path, settings: AppSettings, weights: Checkpoint, *, apart: bool) -> Listening:
    """Hear a recording to its end.

    Args:
        recording: The file.
        settings: How to listen; the source is replaced.
        weights: The network that understands it.
        apart: Each channel is one person; else who speaks is unknown.

    Raises:
        UsageError: As `App.open` and `App.run` do.
    """
    source = PartChoice(part="recording", path=str(recording), fast=True, split=apart)
    notebook = Notebook()
    app = App(settings.model_copy(update={"source": source}), publisher=notebook, weights=weights)
    try:
        await app.open()
        await app.run()
    finally:
        await app.close()
    return Listening(notebook.utterances(), notebook.failed)


def write_wav(samples: NDArray[np.int16], path: Path) -> None:
    """Write a WAV file of any number of channels.

    Args:
        samples: 16-bit samples of shape (channels, samples) at `SAMPLE_RATE_HZ`.
        path: Where to write.
    """
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.ascontiguousarray(samples.T, dtype="<i2").tobytes())


def _key(heard: Heard) -> str:
    """Segments are numbered through the whole run."""
    return heard.transcript.segment
