"""Compile the step for this processor now, rather than at the first start: `python -m realtime.incremental.fused`."""

import torch

from model.networks.mtml import MTML, Settings
from model.networks.observations import Observations
from realtime.incremental.fused.passage import FusedPass

network = MTML(Settings()).eval()
step = FusedPass(network)  # one compiled loop serves networks of all sizes
step.state.resize(1)
features = {modality: torch.zeros(1, size) for modality, size in network.settings.features.items()}
step.step(torch.tensor([0]), Observations(features, torch.ones(1, len(features), dtype=torch.bool)), torch.tensor([0]))
