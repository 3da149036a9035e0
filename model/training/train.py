"""A training: what is learned before, then several seeds, each selected on dev, and the best of them named."""

import torch

from model.encoders import minilm
from model.encoders.minilm import NewEncoder
from model.training.beginning import begin
from model.training.material import Material
from model.training.progress import Progress
from model.training.runs import Run, Runs
from model.training.settings import TrainSettings


def train(
    settings: TrainSettings, progress: Progress, new_encoder: NewEncoder = minilm.create, *, fresh: bool = False
) -> tuple[Run, ...]:
    """Train every stage once and then every seed; what is finished is not trained again, what is begun goes on.

    Args:
        settings: What to do.
        progress: Who is told how it goes, and may stop it.
        new_encoder: Makes the encoder with its published weights, once per run.
        fresh: Train anew what is finished or begun.

    Returns:
        One run per seed, the best on dev first.

    Raises:
        Stopped: `progress` asked for it; the state is saved.
        DataError: A data file cannot be read.
        SettingsError: The results folder holds runs of other settings, there is no GPU though one is asked for, or the
            settings name another network than the checkpoint they begin from.
        CheckpointError: The checkpoint to begin from, the encoder's published weights, or an earlier run's files, are
            missing or broken.
    """
    torch.set_num_threads(settings.threads)
    settings, begun = begin(settings, new_encoder)
    runs = Runs(settings, Material(settings, progress, new_encoder, begun), progress, fresh=fresh)
    weights = None
    for number in range(len(settings.stages)):
        weights = runs.stage(number, weights)
    return tuple(sorted((runs.seed(seed, weights) for seed in settings.seeds), key=lambda run: -run.dev.selection))
