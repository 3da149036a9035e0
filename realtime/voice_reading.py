"""What was heard of how something was said."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """How a stretch of speech sounded.

    Attributes:
        logits: (7,) float32 centred log-probabilities of `EKMAN_LABELS`; meaningless where `spoken_s` is 0.
        spoken_s: How long there was sound in it that is loud enough to be speech, seconds.
        voiced_share: Share of that with a fundamental frequency, 0 to 1; low for a whisper and for noise.
        level_db: Mean level of that, dB below full scale.
        snr_db: That level over the quietest tenth of the stretch, dB.
        clipped_share: Share of its samples at full scale, 0 to 1.
    """

    logits: NDArray[np.float32]
    spoken_s: float
    voiced_share: float
    level_db: float
    snr_db: float
    clipped_share: float
