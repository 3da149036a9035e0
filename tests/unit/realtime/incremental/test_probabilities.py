import pytest
import torch

from model.decision import Decision
from realtime.incremental.probabilities import emotion_probabilities, pair_probabilities

DECISION = Decision(emotion_temperature=0.7, pair_temperature=1.3)


@pytest.mark.parametrize("scale", [0, 1, 30, 1e4])
def test_they_are_those_of_the_decision(scale):
    logits = scale * torch.randn(5, 3, 7, generator=torch.Generator().manual_seed(0))
    for ours, theirs in (
        (emotion_probabilities(DECISION, logits), DECISION.emotion_probabilities(logits)),
        (pair_probabilities(DECISION, logits), DECISION.pair_probabilities(logits)),
    ):
        assert (torch.tensor(ours) - theirs).abs().max() <= 1e-6
