import pytest
import torch

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules, Kind
from model.graph_tensors import Edges, GraphTensors, graph_tensors, join
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from model.networks.observations import Observations
from model.sensed import Sensed

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


def words(features: torch.Tensor) -> Observations:
    return Observations.of({Modality.TEXT: features.shape[-1]}, features, {})


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
    rounds, _ = permuted(graph.edges[Kind.ROUND])
    candidates, order = permuted(graph.edges[Kind.CANDIDATE])
    edges = {Kind.INTRA: intra, Kind.CROSS_TASK: cross, Kind.ROUND: rounds, Kind.CANDIDATE: candidates}
    other = GraphTensors(9, edges)
    read = OfflinePass(net)
    expected = read(words(features), graph)
    assert_close(read(words(features), other), Reading(expected.emotion, expected.cause, expected.pair[order]))


@torch.inference_mode()
@pytest.mark.parametrize("changed", [1, 4, 8])
def test_changing_later_inputs_leaves_earlier_outputs_bit_equal(changed):
    net = network()
    graph, features = tensors(net, 9), torch.randn(9, 12)
    later = features.clone()
    later[changed:] = torch.randn(9 - changed, 12) * 7
    read = OfflinePass(net)
    before, after = read(words(features), graph), read(words(later), graph)
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
    before, after = read(words(features), graph), read(words(later), graph)
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
    together = read(words(features), join([one, two]))
    first, second = read(words(features[:5]), one), read(words(features[5:]), two)
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
    before = OfflinePass(net)(words(features), bare)
    for layer in net.layers:
        for task in (layer.emotion, layer.cause):
            task.between_utterances[Kind.CROSS_TASK.value].value.weight.normal_()
            task.gates[1].weight.normal_()
    assert_close(OfflinePass(net)(words(features), bare), before)
    assert torch.isfinite(before.emotion).all()


def test_every_parameter_learns():
    net = network().train()
    reading = OfflinePass(net)(words(torch.randn(9, 12)), tensors(net, 9))
    (reading.emotion.sum() + reading.cause.sum() + reading.pair.square().sum()).backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None]
    # the last layer's states are read by the heads alone, so nothing is left out
    assert silent == []


@torch.inference_mode()
def test_what_an_absent_modality_holds_is_never_read():
    settings = Settings(features={Modality.TEXT: 12, Modality.AUDIO: 5}, width=16, round_width=8)
    torch.manual_seed(1)
    net = MTML(settings).eval()
    graph = tensors(net, 6)
    present = torch.ones(6, 2, dtype=torch.bool)
    present[2, 1] = present[4, 0] = False
    text, audio = torch.randn(6, 12), torch.randn(6, 5)
    broken = {Modality.TEXT: text.clone(), Modality.AUDIO: audio.clone()}
    broken[Modality.AUDIO][2] = float("nan")
    broken[Modality.TEXT][4] = 1e9
    read = OfflinePass(net)
    whole = read(Observations({Modality.TEXT: text, Modality.AUDIO: audio}, present), graph)
    without = read(Observations(broken, present), graph)
    everything = read(Observations({Modality.TEXT: text, Modality.AUDIO: audio}, torch.ones_like(present)), graph)

    assert torch.equal(whole.emotion, without.emotion)
    assert torch.equal(whole.pair, without.pair)
    assert torch.isfinite(whole.emotion).all()
    assert not torch.equal(whole.emotion[2], everything.emotion[2])


@torch.inference_mode()
def test_a_later_round_reads_what_was_said_around_it_and_no_more():
    rules = GraphRules(past=0, cross_task_past=0, round_past=2, cause_past=0)
    torch.manual_seed(2)
    net = MTML(Settings(features={Modality.TEXT: 12}, width=16, round_width=8, rounds=2, graph=rules)).eval()
    graph, features = tensors(net, 9), torch.randn(9, 12)
    other = features.clone()
    other[3] += 1
    read = OfflinePass(net)
    before, after = read(words(features), graph), read(words(other), graph)
    changed = [
        (a != b).any(-1).nonzero().flatten().tolist()
        for (a, _), (b, _) in zip(before.rounds, after.rounds, strict=True)
    ]

    assert changed == [[3], [3, 4, 5]]
    assert torch.equal(before.rounds[-1][0], before.emotion)


def test_every_part_learns_from_all_modalities():
    sizes = {Modality.TEXT: 12, Modality.AUDIO: 3, Modality.VIDEO: 4}
    net = MTML(Settings(features=sizes, width=16, round_width=8, rounds=3))
    graph = tensors(net, 6)
    features = {modality: torch.randn(6, width) for modality, width in sizes.items()}
    reading = OfflinePass(net)(Observations(features, torch.ones(6, 3, dtype=torch.bool)), graph)
    (reading.emotion.square().sum() + reading.cause.square().sum() + reading.pair.square().sum()).backward()
    still = [name for name, parameter in net.named_parameters() if parameter.grad is None or not parameter.grad.any()]

    assert still == []


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads do not divide 16 features"):
        Settings(width=16, heads=3)


def test_looking_ahead_in_rounds_adds_to_the_horizons():
    settings = Settings(layers=2, rounds=3, graph=GraphRules(ahead=1, cross_task_ahead=2, round_ahead=1, cause_ahead=1))

    assert (settings.emotion_horizon, settings.cause_horizon) == (6, 7)
    assert settings.model_copy(update={"cross_task": False}).emotion_horizon == 4


@torch.inference_mode()
@pytest.mark.parametrize("size", [1, 2, 9])
def test_with_words_alone_a_network_of_three_modalities_says_what_one_of_words_says(size):
    net = network()
    sizes = {Modality.TEXT: 12, Modality.AUDIO: 7, Modality.VIDEO: 7}
    fused = MTML(net.settings.model_copy(update={"features": sizes})).eval()
    beyond = fused.load_state_dict(net.state_dict(), strict=False)
    features, graph = torch.randn(size, 12), tensors(net, size)
    assert beyond.missing_keys
    assert not beyond.unexpected_keys
    said, expected = (
        OfflinePass(fused)(Observations.of(sizes, features, {}), graph),
        OfflinePass(net)(words(features), graph),
    )
    assert torch.equal(said.emotion, expected.emotion)
    assert torch.equal(said.cause, expected.cause)
    assert torch.equal(said.pair, expected.pair)


@torch.inference_mode()
def test_without_connections_between_modalities_nodes_of_one_do_not_read_the_other():
    torch.manual_seed(0)
    sizes = {Modality.TEXT: 12, Modality.AUDIO: 7}
    net = MTML(Settings(features=sizes, width=16, round_width=8, heads=4, cross_modal=False)).eval()
    assert not any("between_modalities" in name or "gates.2" in name for name, _ in net.named_parameters())
    features, read = torch.randn(3, 12), OfflinePass(net)
    heard = {Modality.AUDIO: Sensed(torch.randn(3, 7), torch.tensor([True, False, True]))}
    before = read._nodes(Observations.of(sizes, features, heard), tensors(net, 3))[0]
    louder = {Modality.AUDIO: Sensed(heard[Modality.AUDIO].features * 3, heard[Modality.AUDIO].present)}
    after = read._nodes(Observations.of(sizes, features, louder), tensors(net, 3))[0]
    assert torch.equal(before[:, 0], after[:, 0])
    assert not torch.equal(before[:, 1], after[:, 1])
    assert not before[1, 1].any()  # nothing is where nothing was heard
