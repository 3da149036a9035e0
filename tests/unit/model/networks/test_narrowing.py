import pytest
import torch

from model.conversation import Utterance
from model.errors import SettingsError
from model.graph import ConversationGraph, GraphRules
from model.graph_tensors import graph_tensors
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from model.networks.narrowing import narrowed
from model.networks.observations import Observations
from model.sensed import Sensed

pytest.importorskip("torch_geometric")

from model.networks.offline import OfflinePass

SIZES = {Modality.TEXT: 12, Modality.AUDIO: 7, Modality.VIDEO: 7}
LENGTH = 9


@pytest.fixture
def network() -> MTML:
    torch.manual_seed(0)
    return MTML(
        Settings(features=SIZES, width=16, round_width=8, heads=4, graph=GraphRules(past=3, cause_past=3))
    ).eval()


@pytest.mark.parametrize(
    "kept", [[Modality.TEXT], [Modality.TEXT, Modality.AUDIO], [Modality.TEXT, Modality.VIDEO], [Modality.AUDIO]]
)
@torch.inference_mode()
def test_it_says_what_the_whole_network_says_where_nothing_else_is_there(network, kept):
    narrow = narrowed(network, kept)
    features = {modality: torch.randn(LENGTH, size) for modality, size in SIZES.items()}
    there, absent = torch.ones(LENGTH, dtype=torch.bool), torch.zeros(LENGTH, dtype=torch.bool)
    sensed = {m: Sensed(features[m], there if m in kept else absent) for m in (Modality.AUDIO, Modality.VIDEO)}
    worded = there if Modality.TEXT in kept else absent
    utterances = [Utterance(str(i), i, "ab"[i % 2], "") for i in range(LENGTH)]
    graph = graph_tensors(ConversationGraph.fold(utterances, network.settings.graph))
    whole = OfflinePass(network)(Observations.of(SIZES, features[Modality.TEXT], sensed, worded), graph)
    own = {modality: SIZES[modality] for modality in kept}
    part = OfflinePass(narrow)(Observations.of(own, features[Modality.TEXT], sensed, worded), graph)
    for one, other in ((part.emotion, whole.emotion), (part.cause, whole.cause), (part.pair, whole.pair)):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


def test_what_reads_all_of_it_already_is_left_as_it_is(network):
    assert narrowed(network, list(Modality)) is network


def test_it_has_parameters_of_its_own_for_what_it_reads_alone(network):
    narrow = narrowed(network, [Modality.TEXT])
    assert narrow.settings.modalities == (Modality.TEXT,)
    assert sum(p.numel() for p in narrow.parameters()) < sum(p.numel() for p in network.parameters())
    assert not narrow.training
    narrow.cause_head.weight.data.zero_()
    assert network.cause_head.weight.abs().max() > 0


def test_a_network_that_reads_nothing_of_it_is_refused(network):
    voice = narrowed(network, [Modality.AUDIO])
    with pytest.raises(SettingsError, match="reads audio, not text, video"):
        narrowed(voice, [Modality.TEXT, Modality.VIDEO])
