"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song: the spoken clips of 24 actors.

A file is named `MODALITY-CHANNEL-EMOTION-INTENSITY-STATEMENT-REPETITION-ACTOR`, such as `03-01-05-02-01-01-12.wav`:
sound alone (03), spoken (01), angry (05), strongly (02), the first statement, said the first time, by actor 12
(Livingstone and Russo 2018, https://zenodo.org/records/1188976).
"""

import re
from pathlib import Path
from typing import Final

from model.datasets import clips
from model.datasets.clips import Clip
from model.errors import DataError

LABELS: Final = ("neutral", "calm", "joy", "sadness", "anger", "fear", "disgust", "surprise")
"""The eight emotions, in the order of their numbers, from 01."""

REMEDY: Final = "Give RAVDESS's spoken clips (Audio_Speech_Actors_01-24), named as published: 03-01-05-02-01-01-12.wav"

_NAME: Final = re.compile(r"03-01-0([1-8])-0[12]-0[12]-0[12]-(\d\d)")
_SUNG: Final = re.compile(r"\d\d-02(-\d\d){5}")


def load(folder: Path) -> tuple[Clip, ...]:
    """All clips of a folder and of those within it, in order of paths; `person` is the actor, such as `ravdess-12`.

    Raises:
        DataError: There is none, a sound file is named otherwise, or a clip is there twice; names the file.
    """
    return clips.load(folder, _understand, REMEDY)


def is_named(path: Path) -> bool:
    """Whether a file bears a name of this set."""
    return _NAME.fullmatch(path.stem) is not None


def _understand(path: Path) -> Clip:
    if _SUNG.fullmatch(path.stem):
        raise DataError(f"{path} is sung, not spoken", REMEDY)
    name = _NAME.fullmatch(path.stem)
    if name is None:
        raise DataError(f"{path} is not named as RAVDESS names its spoken clips", REMEDY)
    return Clip(path, LABELS[int(name[1]) - 1], f"ravdess-{name[2]}")
