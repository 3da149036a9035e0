"""The formats of annotated conversations by name, as settings and the command line give them."""

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from model.conversation import Conversation
from model.datasets import ecf, goemotions, iemocap, meld, reccon, semeval
from model.errors import SettingsError

FORMATS: Mapping[str, Callable[[Path], tuple[Conversation, ...]]] = MappingProxyType(
    {
        "ecf": ecf.load,
        "semeval": semeval.load,
        "meld": meld.load,
        "iemocap": iemocap.load,
        "iemocap-test": partial(iemocap.load, split="test"),
        "reccon": reccon.load,
        "goemotions": goemotions.load,
    }
)
"""From a format's name to its reader. IEMOCAP keeps both splits in one file: `iemocap` is the one for training."""


def load(path: Path, name: str) -> tuple[Conversation, ...]:
    """All conversations of a file in the format of that name.

    Args:
        path: The file.
        name: One of `FORMATS`.

    Raises:
        SettingsError: There is no such format.
        DataError: The file cannot be read, or breaks the format.
    """
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=1)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        raise SettingsError(f"unknown data format {name!r}", f"{meant}Known are {', '.join(FORMATS)}")
    return FORMATS[name](path)
