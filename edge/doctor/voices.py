"""A second of noise is compared as a voice would be. As a program it is done apart: libraries load for seconds."""

import time
from typing import Any

import numpy as np
import torch

from edge.devices.child import answer
from realtime.events import SAMPLE_RATE_HZ
from realtime.voices.encoder import VoiceEncoder
from realtime.voices.enrolment import read_enrolled


def compare() -> dict[str, Any]:
    """Milliseconds that it takes, and how many people are enrolled.

    Raises:
        PartMissingError: resemblyzer or its weights are missing.
        SettingsError: What is kept of an enrolled person cannot be read.
    """
    torch.set_num_threads(1)
    encoder = VoiceEncoder.load()
    noise = np.random.default_rng(0).normal(0.0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)
    encoder.vector(noise)  # the first one compiles
    started = time.perf_counter()
    encoder.vector(noise)
    return {"took_ms": 1e3 * (time.perf_counter() - started), "enrolled": len(read_enrolled())}


if __name__ == "__main__":
    answer(compare)
