"""What other people's encoders call the seven emotions."""

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.emotions import EKMAN_LABELS
from model.errors import CheckpointError
from model.evidence import centred

_NAMES: Final = {
    "neutral": ("neutral", "neutrality", "neu", "calm", "calmness"),
    "anger": ("anger", "angry", "ang"),
    "disgust": ("disgust", "disgusted", "dis"),
    "fear": ("fear", "fearful", "fea", "afraid", "scared"),
    "joy": ("joy", "joyful", "happy", "happiness", "hap"),
    "sadness": ("sadness", "sad"),
    "surprise": ("surprise", "surprised", "sur", "ps", "pleasantsurprise", "pleasantsurprised"),
}
_DROPPED: Final = ("contempt", "contemptuous", "boredom", "bored", "other", "others", "unknown", "unk")
_MEANS: Final = {name: label for label, names in _NAMES.items() for name in names}
_RULED_OUT: Final = -30.0  # log-probability of what an encoder is sure it is not

LEAST: Final = math.log(0.01)
"""The log-probability that `bounded` lets no label fall below: the one of a label that an encoder does not have."""


def to_ekman(names: Sequence[str], at_least: int = len(EKMAN_LABELS)) -> tuple[int | None, ...]:
    """What the outputs of an encoder mean.

    Args:
        names: Its labels, in the order of its outputs; `LABEL_3` and the like are refused, for they say nothing. Of a
            name in several languages, such as emotion2vec's, one part must be known.
        at_least: How many of `EKMAN_LABELS` they must say.

    Returns:
        For each output the place of its emotion in `EKMAN_LABELS`, or None where the output is left out: contempt,
        boredom, other and unknown have no place there. Several may have the same: neutral and calm.

    Raises:
        CheckpointError: A name says none of these, or too many emotions of `EKMAN_LABELS` are said by none.
    """
    places = tuple(map(_place, names))
    missing = [label for place, label in enumerate(EKMAN_LABELS) if place not in places]
    if len(missing) > len(EKMAN_LABELS) - at_least:
        raise CheckpointError(
            f"these labels say nothing of {', '.join(missing)}: {', '.join(names)}",
            f"Choose an encoder that tells {', '.join(EKMAN_LABELS)} apart",
        )
    return places


def in_ekman_order(logits: NDArray[np.float32], places: Sequence[int | None]) -> NDArray[np.float32]:
    """What an encoder says, in the form of evidence.

    Args:
        logits: (…, L) logits or log-probabilities.
        places: What `to_ekman` made of its L labels.

    Returns:
        (…, 7) float32 centred log-probabilities of `EKMAN_LABELS`: outputs of one emotion are added up as
        probabilities, outputs without a place are left out.
    """
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    found = np.zeros((*logits.shape[:-1], len(EKMAN_LABELS)))
    for output, place in enumerate(places):
        if place is not None:
            found[..., place] += np.exp(shifted[..., output])
    return centred(np.log(np.maximum(found, np.exp(_RULED_OUT))).astype(np.float32))


def bounded(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, 7) centred log-probabilities none of which was below `LEAST` before they were centred."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return centred(np.maximum(log_probabilities, np.float32(LEAST)))


def _place(name: str) -> int | None:
    parts = [re.sub(r"[^a-z]", "", part.lower()) for part in re.split(r"[/|,]", name)]
    for part in parts:
        if part in _MEANS:
            return EKMAN_LABELS.index(_MEANS[part])
    if any(part in _DROPPED for part in parts):
        return None
    raise CheckpointError(
        f"the label {name!r} is none that is known", "Choose an encoder whose id2label names emotions in English"
    )
