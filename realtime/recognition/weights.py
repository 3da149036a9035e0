"""Where the weights of recognisers lie on this machine. Nothing here fetches anything: that is `undertone models`.

A model that is being fetched bears its name with `PARTIAL` behind it and is renamed when it is whole and checked: what
bears its own name is complete.
"""

import os
import re
from pathlib import Path

FOLDER_VARIABLE = "UNDERTONE_MODELS"
"""The environment variable that names another folder."""

PARTIAL = ".part"
"""Ends the name of what has been fetched in part only."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")  # no path: it stays within the folder
_SUFFIXES = ("", ".pt")  # a folder from Hugging Face; a file of openai-whisper


def folder() -> Path:
    """The folder of all weights; it need not exist."""
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "undertone" / "models"


def find(name: str) -> Path | None:
    """The file or folder of a fetched model such as `whisper-base.en` or `moonshine-base`; None if it is not there."""
    if _NAME.fullmatch(name) is None or name.endswith(PARTIAL):
        return None
    places = (folder() / (name + suffix) for suffix in _SUFFIXES)
    return next((place for place in places if place.exists()), None)
