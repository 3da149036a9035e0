"""What a step says."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What the network says about everything a new utterance can change; the newest utterance is the last row.

    Attributes:
        emotion: (B, emotion horizon + 1, C) emotion logits.
        cause: (B, emotion horizon + 1, 2) logits that the utterance is no cause, or one.
        pair: (B, cause horizon + 1, W) logits of the candidates, by relative position; meaningless where there is none.
    """

    emotion: Tensor
    cause: Tensor
    pair: Tensor
