"""Where emotions lie on the plane of valence and arousal, by publication.

Mean ratings of the terms Angry, Disgusted, Fearful, Joyful, Sad and Surprised on the scales of pleasure and arousal,
both from -1 to 1. J. A. Russell and A. Mehrabian (1977), Evidence for a three-factor theory of emotions, Journal of
Research in Personality 11(3), 273-294, https://doi.org/10.1016/0092-6566(77)90037-X. Neutral is the origin.
"""

from collections.abc import Mapping
from typing import Final

from edge.wire.emotion import Affect

COORDINATES: Final[Mapping[str, tuple[float, float]]] = {
    "neutral": (0.0, 0.0),
    "anger": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "joy": (0.76, 0.48),
    "sadness": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
}
"""(valence, arousal) of each label."""


def expected_affect(probabilities: Mapping[str, float]) -> Affect | None:
    """The expectation of the coordinates under the probabilities; None when a label has no published place."""
    if not probabilities.keys() <= COORDINATES.keys():
        return None
    valence, arousal = (
        sum(probability * COORDINATES[label][axis] for label, probability in probabilities.items()) for axis in (0, 1)
    )
    return Affect(valence=round(valence, 3), arousal=round(arousal, 3))
