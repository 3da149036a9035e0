"""The voice encoder held against acted speech of people it has not heard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.datasets import clips, emodb, ravdess
from model.datasets.clips import Clip
from model.encoder_checkpoint import EncoderCard
from model.errors import DataError
from model.evaluation.classification import Classification, Measured, Progress, figures, report
from model.voice.encoder import SHIPPED, CompactVoice

REMEDY: Final = "Give a folder with the clips of RAVDESS or of EmoDB, named as published"

Listener = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""What hears a clip: (T,) samples at 16 kHz to (L,) log-probabilities of an encoder's labels."""


@dataclass(frozen=True, slots=True)
class SpokenSet:
    """The clips of a folder, and the set they belong to.

    Attributes:
        name: Of the set.
        labels: What the set tells apart; nothing else is asked of the encoder.
        clips: At least one.
    """

    name: str
    labels: tuple[str, ...]
    clips: tuple[Clip, ...]


def load(folder: Path) -> SpokenSet:
    """The clips of a folder; their names say of which set they are.

    Raises:
        DataError: It is no folder, holds no clip, or one that is named otherwise.
    """
    found = clips.files(folder, REMEDY)
    if any(map(ravdess.is_named, found)):
        return SpokenSet("RAVDESS", ravdess.LABELS, ravdess.load(folder))
    if any(map(emodb.is_named, found)):
        return SpokenSet("EmoDB", emodb.LABELS, emodb.load(folder))
    raise DataError(f"{found[0]} is named neither as RAVDESS names its spoken clips nor as EmoDB does", REMEDY)


def evaluate(data: Path, checkpoint: Path = SHIPPED, progress: Progress = lambda _done, _total: None) -> Classification:
    """Measure a checkpoint on a folder of clips.

    Args:
        data: As `load` reads it.
        checkpoint: Folder of the weights.
        progress: Told how many clips are heard.

    Raises:
        DataError: It is no folder, holds no clip, or one that is named otherwise or cannot be read.
        CheckpointError: The weights cannot be read.
        PartMissingError: resemblyzer is not installed.
    """
    spoken, voice = load(data), CompactVoice.load(checkpoint)
    return measure(data.name, spoken, voice.predict, voice.card, progress)


def measure(
    data: str,
    spoken: SpokenSet,
    listener: Listener,
    card: EncoderCard,
    progress: Progress = lambda _done, _total: None,
) -> Classification:
    """Hear every clip of a set, and hold what is said of it against its label.

    Args:
        data: What the folder is called.
        spoken: The clips.
        listener: Hears them.
        card: Of the listener's weights; its labels are the listener's, and those of the set are among them.
        progress: Told how many clips are heard.

    Raises:
        DataError: A clip cannot be read.
    """
    asked = [card.labels.index(label) for label in spoken.labels]
    said = []
    for number, clip in enumerate(spoken.clips, start=1):
        said.append(int(listener(clips.read_sound(clip.path))[asked].argmax()))
        progress(number, len(spoken.clips))
    people = {clip.person for clip in spoken.clips}
    learned_from = _learned_from(people, card)
    about = Measured(part="voice", data=data, set=spoken.name, people=len(people), learned_from=learned_from)
    return report(figures(spoken.labels, _places(spoken.clips, spoken.labels), np.array(said)), about, card)


def _places(heard: Sequence[Clip], labels: Sequence[str]) -> NDArray[np.int64]:
    return np.array([labels.index(clip.label) for clip in heard], np.int64)


def _learned_from(people: set[str], card: EncoderCard) -> int | None:
    """How many of these people are among those that the card names; None where it names nobody."""
    named = card.figures.get("people")
    return len(people.intersection(map(str, named))) if isinstance(named, list) else None
