import math

import pytest
import torch

from model.training.face.learner import FaceLearner
from model.training.face.settings import FaceTrainSettings


def learner(steps, **optimisation):
    torch.manual_seed(1)
    settings = {"data": "faces.npz", "network": {"stem": 2, "widths": (4,)}, "optimisation": optimisation}
    return FaceLearner(FaceTrainSettings.model_validate(settings), steps)


def batch():
    chance = torch.Generator().manual_seed(2)
    pixels = torch.randint(0, 256, (6, 48, 48), dtype=torch.uint8, generator=chance)
    return pixels, torch.arange(6)


def test_the_rate_rises_in_a_line_and_falls_along_a_cosine():
    learns = learner(6, rate=0.4, warm_up=1 / 3, half_precision=False)
    rates = []
    for _ in range(6):
        learns.step(*batch())
        rates.append(learns._optimiser.param_groups[0]["lr"])
    falling = [0.2 * (1 + math.cos(math.pi * share)) + 1e-5 for share in (0, 1 / 4, 1 / 2, 3 / 4)]
    assert rates == pytest.approx([0.0, 0.2, *falling])


def test_the_average_takes_in_nine_elevenths_of_the_first_step():
    learns = learner(10, rate=0.4, warm_up=0.01, averaging=0.998, half_precision=False)
    before = {name: value.clone() for name, value in learns.average.state_dict().items()}
    learns.step(*batch())
    after, now = learns.average.state_dict(), learns._network.state_dict()
    for name, was in before.items():
        expected = now[name] if was.dtype == torch.int64 else was * 2 / 11 + now[name] * 9 / 11
        torch.testing.assert_close(after[name], expected)
    # The first rate is 0: weights stay, statistics of the pictures do not.
    means = [name for name in before if name.endswith("running_mean")]
    assert means
    assert not any(torch.equal(now[name], before[name]) for name in means)


@pytest.mark.parametrize("half", [False, True])
def test_what_is_shown_often_is_learned(half):
    learns = learner(60, rate=0.1, smoothing=0.0, half_precision=half)
    losses = [learns.step(*batch()) for _ in range(60)]
    assert sum(losses[-10:]) < sum(losses[:10]) - 1


def test_biases_and_normalisations_do_not_decay():
    groups = learner(1)._optimiser.param_groups
    assert [group["weight_decay"] for group in groups] == [5e-4, 0.0]
    assert {p.ndim for p in groups[0]["params"]} == {2, 4}
    assert {p.ndim for p in groups[1]["params"]} == {1}
