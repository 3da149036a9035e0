"""The voices of a conversation's people as bytes, and back: what a crash must not make strangers of."""

import logging
from collections.abc import Sequence

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from realtime.events import SpeakerKind
from realtime.voices.encoder import VECTOR
from realtime.voices.grouping import Vectors

_LOG = logging.getLogger(__name__)
_TOLD: TypeAdapter[tuple[int, list[tuple[str, SpeakerKind]]]] = TypeAdapter(tuple[int, list[tuple[str, SpeakerKind]]])


def save_voices(found: int, people: Sequence[tuple[str, SpeakerKind]], voices: Sequence[Vectors]) -> bytes:
    """People and their voices, in the format of safetensors.

    Args:
        found: How many were numbered so far.
        people: Id and kind of each.
        voices: (D,) float64 of each.
    """
    stacked = np.stack(voices) if voices else np.zeros((0, VECTOR))
    told = np.frombuffer(_TOLD.dump_json((found, list(people))), np.uint8)
    return save({"voices": stacked, "people": told})


def read_voices(saved: bytes) -> tuple[int, list[tuple[str, SpeakerKind, Vectors]]]:
    """What `save_voices` was given: how many were numbered, and everybody with their voice; nobody for no bytes."""
    if not saved:
        return 0, []
    try:
        tensors = load(saved)
        found, people = _TOLD.validate_json(tensors["people"].tobytes())
        voices = tensors["voices"].astype(np.float64).reshape(len(people), VECTOR)
    except (SafetensorError, ValidationError, KeyError, ValueError) as error:
        _LOG.warning("voices are learned anew: what was kept of them cannot be read (%s)", error)
        return 0, []
    return found, [(name, kind, voice) for (name, kind), voice in zip(people, voices, strict=True)]
