import pytest
import torch

from model.graph import Relation, Window
from model.layers.attention import KindAttention
from realtime.incremental.plain.relations import Connections
from realtime.incremental.plain.window import message, spread

WINDOW = Window(past=2, ahead=1)


def test_each_target_reads_its_own_window():
    sources = torch.arange(5.0).view(1, 5, 1)  # two past, three targets

    spread_out = spread(sources, WINDOW)

    assert spread_out[0, :, :, 0].tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 0]]


@pytest.mark.parametrize("connected", [False, True])
def test_a_node_without_connections_reads_zero(connected):
    torch.manual_seed(0)
    attention = KindAttention(4, 2, WINDOW, len(Relation))
    places = torch.zeros(1, 1, 4, dtype=torch.int64)
    connections = Connections(torch.tensor([[[False, False, connected, False]]]), places, torch.arange(-2, 2))

    read = message(attention, torch.randn(1, 1, 4), torch.randn(1, 3, 8), connections)

    assert read.shape == (1, 1, 4)
    assert bool(read.any()) is connected
