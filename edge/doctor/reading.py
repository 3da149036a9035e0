"""The network reads two utterances. As a program it does so apart, and says how it went."""

import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch

from edge.devices.child import answer
from edge.doctor.checks.network import Read
from model import checkpoint
from model.encoders.inputs import EncoderInput
from model.modality import Modality
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.fused.loop import carry_out


def read(folder: Path = checkpoint.SHIPPED) -> Read:
    """Load a checkpoint and let it read.

    Raises:
        CheckpointError: It is missing or corrupt, or the encoder is not the one it was trained with.
    """
    torch.set_num_threads(1)
    loaded = checkpoint.load(folder)
    engine = IncrementalEngine(loaded.network, loaded.card.decision)
    lane = engine.open()
    encode_ms = step_ms = 0.0
    for number in range(2):
        started = time.perf_counter()
        features = loaded.encoder.encode([EncoderInput("i am so glad that you came")])
        encoded = time.perf_counter()
        engine.step([Arrival(lane, number, {Modality.TEXT: features[0].numpy()}, "somebody")])
        encode_ms, step_ms = 1e3 * (encoded - started), 1e3 * (time.perf_counter() - encoded)
    stats = carry_out.stats
    return Read(
        name=folder.name,
        sha256=loaded.card.weights_sha256,
        encode_ms=encode_ms,
        step_ms=step_ms,
        kept_at=stats.cache_path and str(stats.cache_path),
        was_kept=bool(stats.cache_hits),
    )


if __name__ == "__main__":
    answer(lambda: asdict(read(*map(Path, sys.argv[1:2]))))
