"""A training of the face network: one run per seed, each leaving out another part, then what came out of all."""

import torch

from model.face import weights
from model.training.face.material import Material
from model.training.face.outcome import Outcome, conclude, first_card
from model.training.face.run import FaceRun
from model.training.face.settings import FaceTrainSettings
from model.training.progress import Progress

POOL = "pool.npz"
"""In the results folder: what the networks say of pictures they did not see, for the training of the fusion."""


def train(settings: FaceTrainSettings, progress: Progress, *, fresh: bool = False) -> tuple[Outcome, ...]:
    """Train every seed; what is finished is not trained again, what is begun goes on.

    Args:
        settings: What to do.
        progress: Who is told how it goes, and may stop it.
        fresh: Train anew what is finished or begun.

    Returns:
        One outcome per seed, in the order of the settings; their networks, the figures and the pool are written.

    Raises:
        Stopped: `progress` asked for it; the state is saved.
        DataError: The pictures cannot be read, or are too few.
        SettingsError: The results folder holds runs of other settings.
        CheckpointError: An earlier run's files are broken.
    """
    torch.set_num_threads(settings.threads)
    material = Material.read(settings)
    runs = [FaceRun(seed, settings, material, progress) for seed in settings.seeds]
    for run in runs:
        if fresh:
            run.forget()
        if run.finished():
            progress.note(f"seed {run.seed} is finished: {run.checkpoint} is used again; --fresh trains it anew")
        else:
            network = run.train()
            weights.save(run.checkpoint, network, first_card(network, run.seed, run.identity))
            run.forget_state()
    return conclude(material, {run.seed: run.checkpoint for run in runs}, settings.results / POOL)
