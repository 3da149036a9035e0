import pytest
import torch

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules, Kind
from model.graph_tensors import Edges, GraphTensors, graph_tensors, join
from model.networks.mtml import MTML, Settings

pytest.importorskip("torch_geometric")

from model.networks.offline import OfflinePass, Reading


def network(ahead: int = 0, past: int = 3) -> MTML:
    torch.manual_seed(0)
    graph = GraphRules(
        past=past, ahead=ahead, cross_task_past=past - 1, cross_task_ahead=ahead, cause_past=past, cause_ahead=ahead
    )
    return MTML(Settings(features={Modality.TEXT: 12}, width=16, round_width=8, heads=4, graph=graph)).eval()


def tensors(network: MTML, size: int) -> GraphTensors:
    speakers = ["ann", "bob", UNKNOWN_SPEAKER, "ann"]
    utterances = [Utterance(str(i), i, speakers[i % 4], "") for i in range(size)]
    return graph_tensors(ConversationGraph.fold(utterances, network.settings.graph))


def permuted(edges: Edges) -> tuple[Edges, torch.Tensor]:
    order = torch.randperm(edges.relation.numel())
    return Edges(edges.index[:, order], edges.relation[order], edges.offset[order]), order


def assert_close(a: Reading, b: Reading) -> None:
    for one, other in ((a.emotion, b.emotion), (a.cause, b.cause), (a.pair, b.pair)):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_permuting_the_edges_changes_nothing():
    net = network()
    graph, features = tensors(net, 9), torch.randn(9, 12)
    intra, _ = permuted(graph.edges[Kind.INTRA])
    cross, _ = permuted(graph.edges[Kind.CROSS_TASK])
    candidates, order = permuted(graph.edges[Kind.CANDIDATE])
    other = GraphTensors(9, {Kind.INTRA: intra, Kind.CROSS_TASK: cross, Kind.CANDIDATE: candidates})
    read = OfflinePass(net)
    expected = read(features, graph)
    assert_close(read(features, other), Reading(expected.emotion, expected.cause, expected.pair[order]))


@torch.inference_mode()
@pytest.mark.parametrize("changed", [1, 4, 8])
def test_changing_later_inputs_leaves_earlier_outputs_bit_equal(changed):
    net = network()
    graph, features = tensors(net, 9), torch.randn(9, 12)
    later = features.clone()
    later[changed:] = torch.randn(9 - changed, 12) * 7
    read = OfflinePass(net)
    before, after = read(features, graph), read(later, graph)
    earlier = graph.edges[Kind.CANDIDATE].index[1] < changed
    assert torch.equal(before.emotion[:changed], after.emotion[:changed])
    assert torch.equal(before.cause[:changed], after.cause[:changed])
    assert torch.equal(before.pair[earlier], after.pair[earlier])
    assert not torch.equal(before.emotion[changed:], after.emotion[changed:])


@torch.inference_mode()
def test_looking_ahead_is_bounded_by_the_horizon():
    net = network(ahead=1)
    graph, features = tensors(net, 12), torch.randn(12, 12)
    later = features.clone()
    later[9:] += 1
    read = OfflinePass(net)
    before, after = read(features, graph), read(later, graph)
    settled = 9 - net.settings.emotion_horizon
    assert net.settings.emotion_horizon == 2
    assert net.settings.cause_horizon == 3
    assert torch.equal(before.emotion[:settled], after.emotion[:settled])
    assert not torch.equal(before.emotion[settled], after.emotion[settled])


@torch.inference_mode()
def test_conversations_side_by_side_do_not_touch_each_other():
    net = network()
    one, two = tensors(net, 5), tensors(net, 7)
    features = torch.randn(12, 12)
    read = OfflinePass(net)
    together = read(features, join([one, two]))
    first, second = read(features[:5], one), read(features[5:], two)
    apart = Reading(*(torch.cat(pair) for pair in zip(astuple(first), astuple(second), strict=True)))
    assert_close(together, apart)


def astuple(reading: Reading) -> tuple[torch.Tensor, ...]:
    return reading.emotion, reading.cause, reading.pair


@torch.inference_mode()
def test_a_kind_without_any_connection_contributes_nothing():
    net = network()
    graph, features = tensors(net, 4), torch.randn(4, 12)
    none = Edges(
        torch.empty(2, 0, dtype=torch.long), torch.empty(0, dtype=torch.long), torch.empty(0, dtype=torch.long)
    )
    bare = GraphTensors(4, {**graph.edges, Kind.CROSS_TASK: none})
    before = OfflinePass(net)(features, bare)
    for layer in net.layers:
        for task in (layer.emotion, layer.cause):
            task.cross_task.value.weight.normal_()
            task.gates[1].weight.normal_()
    assert_close(OfflinePass(net)(features, bare), before)
    assert torch.isfinite(before.emotion).all()


def test_every_parameter_learns():
    net = network().train()
    reading = OfflinePass(net)(torch.randn(9, 12), tensors(net, 9))
    (reading.emotion.sum() + reading.cause.sum() + reading.pair.square().sum()).backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None]
    # the last layer's states are read by the heads alone, so nothing is left out
    assert silent == []
