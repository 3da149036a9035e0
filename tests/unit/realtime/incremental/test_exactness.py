"""The exactness contract: after every utterance the engine says what the offline pass over the same prefix says."""

import dataclasses
from itertools import zip_longest

import pytest
import torch
from hypothesis import given, settings

from model.analysis import Status
from model.conversation import UNKNOWN_SPEAKER
from model.decision import Decision
from model.graph import GraphRules, Kind
from model.graph_tensors import join
from model.networks.observations import Observations
from model.networks.offline import OfflinePass, Reading
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.state import NOBODY
from tests.strategies import networks, readings, talk, talks, untrained

DECISION = Decision(emotion_temperature=0.7, pair_temperature=1.3, link_threshold=0.5)
MARGIN = 1e-5

few = settings(max_examples=10, deadline=None)
some = settings(max_examples=15, deadline=None)
many = settings(max_examples=300, deadline=None)


def offline_prefixes(network, talk, graphs) -> list[Reading]:
    """The offline pass over all beginnings of a conversation: side by side, in one pass."""
    everything = talk.observed(network, 0, len(graphs))
    rows = torch.cat([torch.arange(graph.size) for graph in graphs])
    features = {modality: of[rows] for modality, of in everything.features.items()}
    with torch.inference_mode():
        reading = OfflinePass(network)(Observations(features, everything.present[rows]), join(graphs))
    utterances = [graph.size for graph in graphs]
    candidates = [len(graph.edges[Kind.CANDIDATE].offset) for graph in graphs]
    parts = reading.emotion.split(utterances), reading.cause.split(utterances), reading.pair.split(candidates)
    return [Reading(*of) for of in zip(*parts, strict=True)]


def arrivals(lane, network, talk):
    observed = talk.observed(network, 0, len(talk.speakers))
    return [
        Arrival(
            lane,
            number,
            {
                modality: rows[number].numpy()
                for place, (modality, rows) in enumerate(observed.features.items())
                if observed.present[number, place]
            },
            speaker,
        )
        for number, speaker in enumerate(talk.speakers)
    ]


def read(network, talk):
    """What the engine says of a whole conversation, one analysis per utterance and one for its end."""
    engine = IncrementalEngine(network, DECISION)
    lane = engine.open()
    return [engine.step([arrival])[0] for arrival in arrivals(lane, network, talk)] + [engine.finish(lane)]


def assert_close(ours, theirs, what):
    assert (ours - theirs).abs().max() <= MARGIN * max(1.0, float(theirs.abs().max())), what


def check_logits(step, network, talk):
    """Every tensor of logits, after every utterance, for every utterance a new one can change."""
    rules = network.settings.graph
    graphs = talk.graphs(rules)
    nodes, pairs = network.settings.emotion_horizon + 1, network.settings.cause_horizon + 1
    said = steps(step(network), network, talk)
    for newest, (graph, ours, theirs) in enumerate(
        zip(graphs, said, offline_prefixes(network, talk, graphs), strict=True)
    ):
        shown = min(nodes, newest + 1)
        assert_close(ours.emotion[0, -shown:], theirs.emotion[-shown:], "emotion")
        assert_close(ours.cause[0, -shown:], theirs.cause[-shown:], "cause")
        candidates = graph.edges[Kind.CANDIDATE]
        rows = candidates.index[1] - newest - 1
        inside = rows >= -pairs
        places = candidates.offset + rules.cause_past
        assert_close(ours.pair[0, rows[inside], places[inside]], theirs.pair[inside], "pair")


def steps(reader, network, talk):
    """What a pass says after each utterance of a conversation alone, in a slot where others spoke before."""
    reader.state.resize(2)
    speakers = torch.tensor([list(dict.fromkeys(talk.speakers)).index(speaker) for speaker in talk.speakers])
    speakers[[speaker == UNKNOWN_SPEAKER for speaker in talk.speakers]] = NOBODY
    return [
        reader.step(torch.tensor([1]), talk.observed(network, number, number + 1), speakers[number : number + 1])
        for number in range(len(talk.speakers))
    ]


def check_said(network, talk):
    """What has been said last is the offline pass over the prefix; what was said as final is never said again."""
    emotions, causes, graphs = {}, {}, talk.graphs(network.settings.graph)
    prefixes = offline_prefixes(network, talk, graphs)
    graphs, prefixes = [*graphs, graphs[-1]], [*prefixes, prefixes[-1]]  # the last one is the end
    for graph, theirs, analysis in zip(graphs, prefixes, read(network, talk), strict=True):
        for said, results in ((emotions, analysis.emotions), (causes, analysis.causes)):
            assert [r.utterance for r in results] == sorted(r.utterance for r in results)
            for result in results:
                before = said.get(result.utterance)
                assert result.revision == (before.revision + 1 if before else 1)
                assert before is None or before.status is not Status.FINAL
                said[result.utterance] = result
        check_prefix(network, theirs, graph, emotions, causes)
    everything = [*emotions.values(), *causes.values()]
    assert len(everything) == 2 * len(talk.speakers)
    assert all(result.status is Status.FINAL for result in everything)
    check_prefix(network, prefixes[-1], graphs[-1], emotions, causes, every=True)


def check_prefix(network, theirs, graph, emotions, causes, every=False):
    """Every emotion of the prefix, and the causes that a new utterance could change, or all."""
    said = torch.tensor([emotions[i].probabilities for i in range(graph.size)])
    assert (said - DECISION.emotion_probabilities(theirs.emotion)).abs().max() <= MARGIN
    candidates, pair = graph.edges[Kind.CANDIDATE], DECISION.pair_probabilities(theirs.pair)
    first = 0 if every else max(0, graph.size - 1 - network.settings.cause_horizon)
    for index in range(first, graph.size):
        here = candidates.index[1] == index
        result = causes[index]
        order = candidates.index[0][here].argsort()
        sources, chances = candidates.index[0][here][order].tolist(), pair[here][order].tolist()
        assert result.window == (sources[0], sources[-1])
        assert result.label == emotions[index].label
        assert abs(result.no_cause_probability - float((1 - pair[here]).prod())) <= MARGIN
        linked = {link.cause: link.probability for link in result.links}
        for source, chance in zip(sources, chances, strict=True):
            if source in linked:
                assert abs(linked[source] - chance) <= MARGIN
            elif result.label != "neutral":
                assert chance < DECISION.link_threshold + MARGIN


@given(readings())
@some
def test_logits_equal_the_offline_pass_after_every_utterance(step, reading):
    check_logits(step, *reading)


@given(readings())
@some
def test_results_equal_the_offline_pass_and_final_ones_stay(reading):
    check_said(*reading)


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(readings())
@many
def test_logits_equal_the_offline_pass_for_many_more_networks(step, reading):
    check_logits(step, *reading)


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(readings())
@many
def test_results_equal_the_offline_pass_for_many_more_networks(reading):
    check_said(*reading)


@given(readings())
@few
def test_nothing_after_the_horizon_can_change_what_is_final(reading):
    network, talk = reading
    size, horizon = len(talk.speakers), network.settings.emotion_horizon
    cut = (size + horizon) // 2  # features from here on are others
    others = {modality: torch.cat((rows[:cut], 3 - rows[cut:])) for modality, rows in talk.features.items()}
    other = dataclasses.replace(talk, features=others)
    graph, passage = talk.graphs(network.settings.graph)[-1], OfflinePass(network)
    with torch.inference_mode():
        whole, changed = (passage(it.observed(network, 0, size), graph) for it in (talk, other))
    settled = max(0, cut - horizon)
    ours, theirs = ([message for said in read(network, it)[:cut] for message in finals(said)] for it in (talk, other))

    assert torch.equal(whole.emotion[:settled], changed.emotion[:settled])
    assert ours == theirs


def finals(analysis):
    return [result for result in (*analysis.emotions, *analysis.causes) if result.status is Status.FINAL]


@given(networks(), talks(1, 10), talks(1, 10))
@few
def test_conversations_side_by_side_are_read_as_if_alone(network, one, two):
    engine = IncrementalEngine(network, DECISION)
    first, second = engine.open(), engine.open()
    together = {first: [], second: []}
    for both in zip_longest(arrivals(first, network, one), arrivals(second, network, two)):
        waiting = [arrival for arrival in both if arrival]
        for arrival, analysis in zip(waiting, engine.step(waiting), strict=True):
            together[arrival.lane].append(analysis)
    assert_same_said([*together[first], engine.finish(first)], read(network, one))
    assert_same_said([*together[second], engine.finish(second)], read(network, two))


def assert_same_said(ours, theirs):
    ours, theirs = (
        {(type(result), result.utterance): result for said in analyses for result in finals(said)}
        for analyses in (ours, theirs)
    )
    assert ours.keys() == theirs.keys()
    for key, result in ours.items():
        assert result.label == theirs[key].label
        if hasattr(result, "probabilities"):
            assert result.probabilities == pytest.approx(theirs[key].probabilities, abs=MARGIN)
        else:
            assert result.no_cause_probability == pytest.approx(theirs[key].no_cause_probability, abs=MARGIN)


def test_a_lane_that_serves_again_remembers_nothing():
    network, one, two = (
        untrained(GraphRules(ahead=1, cause_ahead=1)),
        talk(["anna", "ben"] * 6, 1),
        talk(["cleo", "anna"] * 6, 2),
    )
    engine = IncrementalEngine(network, DECISION)
    lane = engine.open()
    engine.step(arrivals(lane, network, one))
    engine.close(lane)
    again = engine.open()
    said = [*engine.step(arrivals(again, network, two)), engine.finish(again)]

    assert again != lane
    assert said == read(network, two)
