import pytest
import torch

from model.graph import GraphRules, Kind, Relation, Window
from model.layers.attention import KindAttention
from realtime.incremental.band import ABSENT, LiveBands, stack
from realtime.incremental.window import message, spread

RULES = GraphRules(past=2, ahead=1, cross_task_past=0, round_past=1, cause_past=1)
ROWS = dict.fromkeys(Kind, 2)
CPU = torch.device("cpu")


def test_each_target_reads_its_own_window():
    sources = torch.arange(5.0).view(1, 5, 1)  # two past, three targets

    spread_out = spread(sources, Window(past=2, ahead=1))

    assert spread_out[0, :, :, 0].tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 0]]


def test_a_band_holds_the_relations_of_the_last_utterances():
    bands = LiveBands(RULES, ROWS)
    for speaker in ("anna", "ben", "anna"):
        bands.add(speaker)
    none, own, same, other = ABSENT, Relation.SELF, Relation.SAME_SPEAKER, Relation.OTHER_SPEAKER

    # targets 1 and 2; sources from two before to one after
    assert bands.band(Kind.INTRA).tolist() == [[none, other, own, other], [same, other, own, none]]
    assert bands.band(Kind.CROSS_TASK).tolist() == [[own], [own]]
    assert bands.band(Kind.ROUND).tolist() == [[other, own], [other, own]]
    assert bands.band(Kind.CANDIDATE).tolist() == [[other, own], [other, own]]


def test_bands_are_stacked_with_their_relative_positions():
    one, two = LiveBands(RULES, ROWS), LiveBands(RULES, ROWS)
    one.add("anna")
    places = stack([one, two], RULES, CPU)[Kind.INTRA]

    assert places.offset.tolist() == [-2, -1, 0, 1]
    assert places.present[0].tolist() == [[False] * 4, [False, False, True, False]]
    assert not places.present[1].any()
    assert places.last(1).present.shape == (2, 1, 4)


@pytest.mark.parametrize("arrived,reads", [(0, False), (1, True)])
def test_a_node_without_connections_reads_zero(arrived, reads):
    torch.manual_seed(0)
    attention = KindAttention(4, 2, RULES.window(Kind.INTRA), len(Relation))
    bands = LiveBands(RULES, ROWS)
    for _ in range(arrived):
        bands.add("anna")
    places = stack([bands], RULES, CPU)[Kind.INTRA].last(1)

    read = message(attention, torch.randn(1, 1, 4), torch.randn(1, 3, 8), places)

    assert read.shape == (1, 1, 4)
    assert bool(read.any()) is reads
