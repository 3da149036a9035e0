import torch
from torch import nn

from model.training.averaging import WeightAverage


def test_the_average_follows_the_weights_and_is_lent_only():
    weight = nn.Parameter(torch.zeros(3))
    average = WeightAverage([weight], decay=0.5)
    for value in (1.0, 1.0, 3.0):
        with torch.no_grad():
            weight.fill_(value)
        average.update()
    with average.applied():
        inside = weight.detach().clone()
    assert torch.equal(weight, torch.full((3,), 3.0))
    assert ((inside > 1) & (inside < 3)).all()


def test_what_is_lent_is_rounded_as_it_will_be_stored():
    weight = nn.Parameter(torch.tensor([1 / 3]))
    with WeightAverage([weight], decay=0.9).applied():
        assert torch.equal(weight, torch.tensor([1 / 3]).half().float())
    assert torch.equal(weight, torch.tensor([1 / 3]))


def test_a_restored_average_goes_on_where_it_was():
    weight = nn.Parameter(torch.zeros(2))
    first = WeightAverage([weight], decay=0.9)
    for value in (1.0, 2.0):
        with torch.no_grad():
            weight.fill_(value)
        first.update()
    second = WeightAverage([weight], decay=0.9)
    second.restore(first.state())
    for average in (first, second):
        average.update()
    with first.applied():
        expected = weight.detach().clone()
    with second.applied():
        assert torch.equal(weight, expected)
