"""What the network read of utterances, as bytes and back."""

from collections.abc import Sequence

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.errors import DataError
from model.modality import Modality
from realtime.recovery import Reading

_SPEAKERS = "speakers"
_TOLD: TypeAdapter[list[str]] = TypeAdapter(list[str])


def save_readings(readings: Sequence[Reading]) -> bytes:
    """Readings in order, in the format of safetensors."""
    told = np.frombuffer(_TOLD.dump_json([reading.speaker for reading in readings]), np.uint8)
    features = {
        f"{number} {modality}": np.ascontiguousarray(values)
        for number, reading in enumerate(readings)
        for modality, values in reading.features.items()
    }
    return save({_SPEAKERS: told, **features})


def read_readings(saved: bytes) -> tuple[Reading, ...]:
    """What `save_readings` was given; none of no bytes.

    Raises:
        DataError: The bytes are no readings.
    """
    if not saved:
        return ()
    try:
        tensors = load(saved)
        speakers = _TOLD.validate_json(tensors.pop(_SPEAKERS).tobytes())
        features: list[dict[Modality, np.ndarray]] = [{} for _ in speakers]
        for name, values in tensors.items():
            number, modality = name.split(" ")
            features[int(number)][Modality(modality)] = values
    except (SafetensorError, ValidationError, KeyError, ValueError, IndexError) as error:
        raise DataError("these bytes are not what a network read of utterances") from error
    return tuple(map(Reading, features, speakers))
