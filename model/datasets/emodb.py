"""EmoDB, the Berlin Database of Emotional Speech: ten actors, German.

A file is named by speaker, text, emotion (German initial) and version: `03a01Fa.wav` is speaker 03, text a01, Freude,
version a (Burkhardt et al. 2005, http://emodb.bilderbar.info/docu/).
"""

import re
from pathlib import Path
from typing import Final

from model.datasets import clips
from model.datasets.clips import Clip
from model.errors import DataError

LABELS: Final = ("anger", "boredom", "disgust", "fear", "joy", "sadness", "neutral")
"""The seven emotions."""

REMEDY: Final = "Give the clips of EmoDB (its folder wav), named as published: 03a01Fa.wav"

_LETTERS: Final = dict(zip("WLEAFTN", LABELS, strict=True))
"""Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral."""

_NAME: Final = re.compile(r"(\d\d)[ab]\d\d([WLEAFTN])[a-z]?")


def load(folder: Path) -> tuple[Clip, ...]:
    """All clips of a folder and of those within it, in order of paths; `person` is the speaker, such as `emodb-03`.

    Raises:
        DataError: There is none, a sound file is named otherwise, or a clip is there twice; names the file.
    """
    return clips.load(folder, _understand, REMEDY)


def is_named(path: Path) -> bool:
    """Whether a file bears a name of this set."""
    return _NAME.fullmatch(path.stem) is not None


def _understand(path: Path) -> Clip:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        raise DataError(f"{path} is not named as EmoDB names its clips", REMEDY)
    return Clip(path, _LETTERS[name[2]], f"emodb-{name[1]}")
