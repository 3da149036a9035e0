"""The whole measurement: the shipped network and the one that looks ahead."""

import torch

from edge.bench.incremental.measure import Measurement
from edge.bench.incremental.results import BenchResult
from edge.bench.incremental.settings import Settings
from edge.bench.incremental.subject import looking_ahead, shipped
from edge.bench.incremental.timing import Watch
from model.checkpoint import load
from model.evaluation.machine import this_machine


def run(settings: Settings, watch: Watch, *, compiling: bool) -> BenchResult:
    """Measure memory first, before anything else has taken some, then times of both networks.

    Args:
        settings: What to measure.
        watch: Is told how far it is.
        compiling: Whether there is a compiler.

    Raises:
        CheckpointError: The shipped checkpoint cannot be read.
    """
    torch.set_num_threads(settings.threads)
    checkpoint = load()
    causal = Measurement(shipped(checkpoint), settings, watch, compiling=compiling)
    memory = causal.memory()
    ahead = Measurement(looking_ahead(checkpoint, settings.seed), settings, watch, compiling=compiling)
    return BenchResult(causal.times(), ahead.times(), tuple(memory), this_machine(), settings)
