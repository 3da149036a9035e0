"""The exactness contract: after every utterance the engine says what the offline pass over the same prefix says."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings

from model.analysis import Status
from model.decision import Decision
from model.graph import GraphRules, Kind
from model.networks.offline import OfflinePass, Reading
from realtime.incremental.band import LiveBands, stack
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.passage import IncrementalPass
from tests.strategies import networks, talk, talks, untrained

DECISION = Decision(emotion_temperature=0.7, pair_temperature=1.3, link_threshold=0.5)
SHORT = (1, 14)  # utterances; from one to more than any ring of a short window holds
LONG = (30, 60)
MARGIN = 1e-5

few = settings(max_examples=10, deadline=None)
many = settings(max_examples=40, deadline=None)


def offline(network, talk, graph) -> Reading:
    with torch.inference_mode():
        return OfflinePass(network)(talk.observed(network, 0, graph.size), graph)


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


def check_logits(network, talk):
    """Every tensor of logits, after every utterance, for every utterance a new one can change."""
    rules = network.settings.graph
    nodes, pairs = network.settings.emotion_horizon + 1, network.settings.cause_horizon + 1
    bands = LiveBands(
        rules,
        {kind: pairs + rules.window(kind).ahead for kind in Kind if kind is not Kind.CANDIDATE}
        | {Kind.CANDIDATE: pairs},
    )
    engine = IncrementalPass(network)
    engine.resize(1)
    for newest, graph in enumerate(talk.graphs(rules)):
        bands.add(talk.speakers[newest])
        with torch.inference_mode():
            ours = engine.step(
                torch.tensor([0]),
                talk.observed(network, newest, newest + 1),
                stack([bands], rules, torch.device("cpu")),
            )
        theirs = offline(network, talk, graph)
        shown = min(nodes, newest + 1)
        assert_close(ours.emotion[0, -shown:], theirs.emotion[-shown:], "emotion")
        assert_close(ours.cause[0, -shown:], theirs.cause[-shown:], "cause")
        candidates = graph.edges[Kind.CANDIDATE]
        rows = candidates.index[1] - newest - 1
        inside = rows >= -pairs
        places = candidates.offset + rules.cause_past
        assert_close(ours.pair[0, rows[inside], places[inside]], theirs.pair[inside], "pair")


def check_said(network, talk):
    """What has been said last is the offline pass over the prefix; what was said as final is never said again."""
    emotions, causes, graphs = {}, {}, talk.graphs(network.settings.graph)
    for graph, analysis in zip([*graphs, graphs[-1]], read(network, talk), strict=True):  # the last one is the end
        for said, results in ((emotions, analysis.emotions), (causes, analysis.causes)):
            assert [r.utterance for r in results] == sorted(r.utterance for r in results)
            for result in results:
                before = said.get(result.utterance)
                assert result.revision == (before.revision + 1 if before else 1)
                assert before is None or before.status is not Status.FINAL
                said[result.utterance] = result
        check_prefix(network, offline(network, talk, graph), graph, emotions, causes)
    everything = [*emotions.values(), *causes.values()]
    assert len(everything) == 2 * len(talk.speakers)
    assert all(result.status is Status.FINAL for result in everything)
    check_prefix(network, offline(network, talk, graphs[-1]), graphs[-1], emotions, causes, every=True)


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


@given(networks(), talks(*SHORT))
@few
def test_logits_equal_the_offline_pass_after_every_utterance(network, talk):
    check_logits(network, talk)


@given(networks(), talks(*SHORT))
@few
def test_results_equal_the_offline_pass_and_final_ones_stay(network, talk):
    check_said(network, talk)


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(networks(), talks(*LONG))
@many
def test_logits_equal_the_offline_pass_in_longer_conversations(network, talk):
    check_logits(network, talk)


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(networks(), talks(*LONG))
@many
def test_results_equal_the_offline_pass_in_longer_conversations(network, talk):
    check_said(network, talk)


@given(networks(), talks(*SHORT))
@few
def test_nothing_after_the_horizon_can_change_what_is_final(network, talk):
    size, horizon = len(talk.speakers), network.settings.emotion_horizon
    cut = (size + horizon) // 2  # features from here on are others
    others = {modality: torch.cat((rows[:cut], 3 - rows[cut:])) for modality, rows in talk.features.items()}
    other = dataclasses.replace(talk, features=others)
    graph = talk.graphs(network.settings.graph)[-1]
    whole, changed = offline(network, talk, graph), offline(network, other, graph)
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
    for position in range(10):
        waiting = [
            arrivals(lane, network, talk)[position]
            for lane, talk in ((first, one), (second, two))
            if position < len(talk.speakers)
        ]
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
