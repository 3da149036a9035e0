from collections import Counter
from random import Random

import torch

from model.modality import Modality
from model.sensed import Sensed
from model.training.dropping import drop


def sensed(size: int) -> dict[Modality, Sensed]:
    """Every third utterance has no voice, every fourth no face."""
    place = torch.arange(size)
    return {
        Modality.AUDIO: Sensed(torch.randn(size, 3), place % 3 > 0),
        Modality.VIDEO: Sensed(torch.randn(size, 2), place % 4 > 0),
    }


def shown(size: int, share: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Which of words, voice and face were there, and which are shown; (N, 3) each."""
    given = sensed(size)
    kept, words = drop(given, share, Random(seed))
    before = [torch.ones(size, dtype=torch.bool), *(each.present for each in given.values())]
    return torch.stack(before, -1), torch.stack([words, *(each.present for each in kept.values())], -1)


def test_something_is_always_shown_and_nothing_is_made_up():
    had, seen = shown(500, 1.0)
    assert seen.any(-1).all()
    assert not (seen & ~had).any()


def test_a_share_of_those_with_several_modalities_loses_some():
    had, seen = shown(4000, 0.2)
    several = had.sum(-1) > 1
    changed = (had != seen).any(-1)
    assert not changed[~several].any()
    assert abs(changed[several].float().mean().item() - 0.2) < 0.03


def test_every_set_that_leaves_something_is_drawn_alike():
    had, seen = shown(6000, 1.0)
    whole = seen[had.all(-1)]
    drawn = Counter(map(tuple, whole.tolist()))
    assert len(drawn) == 6
    assert max(drawn.values()) < 1.3 * min(drawn.values())


def test_the_same_seed_hides_the_same():
    assert torch.equal(shown(50, 0.5, seed=3)[1], shown(50, 0.5, seed=3)[1])
    assert not torch.equal(shown(50, 0.5, seed=3)[1], shown(50, 0.5, seed=4)[1])
