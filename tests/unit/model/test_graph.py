from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import Connection, ConversationGraph, GraphRules, Kind, Relation


def utterances(speakers: Sequence[str]) -> list[Utterance]:
    return [Utterance(str(i), i, speaker, f"text {i}") for i, speaker in enumerate(speakers)]


def rules(past: int = 2, ahead: int = 0) -> GraphRules:
    return GraphRules(
        past=past, ahead=ahead, cross_task_past=past, cross_task_ahead=ahead, cause_past=past, cause_ahead=ahead
    )


any_rules = st.builds(
    GraphRules,
    past=st.integers(0, 5),
    ahead=st.integers(0, 3),
    cross_task_past=st.integers(0, 5),
    cross_task_ahead=st.integers(0, 3),
    cause_past=st.integers(0, 5),
    cause_ahead=st.integers(0, 3),
)
any_speakers = st.lists(st.sampled_from(["ann", "bob", UNKNOWN_SPEAKER]), min_size=1, max_size=14)


@given(any_rules, any_speakers)
def test_growing_one_by_one_gives_every_connection_of_the_definition_exactly_once(rules, speakers):
    graph = ConversationGraph.fold(utterances(speakers), rules)
    for kind in Kind:
        window = rules.window(kind)
        wanted = {
            (source, target)
            for target in range(len(speakers))
            for source in range(len(speakers))
            if target - window.past <= source <= target + window.ahead
        }
        found = [(c.source, c.target) for c in graph.connections(kind)]
        assert len(found) == len(set(found))
        assert set(found) == wanted


@given(any_rules, any_speakers)
def test_live_graph_that_forgets_brings_the_same_connections_as_the_whole_one(rules, speakers):
    live = ConversationGraph(rules, keep=1)
    deltas = [live.add(utterance) for utterance in utterances(speakers)]
    assert tuple(deltas) == ConversationGraph.fold(utterances(speakers), rules).deltas
    assert len(live.deltas) == len(live.utterances) == 1
    assert live.size == len(speakers)


@given(any_rules, any_speakers)
def test_a_delta_touches_only_what_the_new_utterance_connects(rules, speakers):
    for delta in ConversationGraph.fold(utterances(speakers), rules).deltas:
        for connections in delta.connections.values():
            assert all(delta.index in (c.source, c.target) for c in connections)
            assert all(max(c.source, c.target) == delta.index for c in connections)


def test_relations_say_who_spoke_the_source():
    graph = ConversationGraph.fold(utterances(["ann", "bob", "ann"]), rules())
    newest = [c for c in graph.connections(Kind.INTRA) if c.target == 2]
    assert newest == [
        Connection(0, 2, Relation.SAME_SPEAKER),
        Connection(1, 2, Relation.OTHER_SPEAKER),
        Connection(2, 2, Relation.SELF),
    ]
    assert [c.offset for c in newest] == [-2, -1, 0]


def test_unknown_speakers_are_not_even_themselves_elsewhere():
    graph = ConversationGraph.fold(utterances([UNKNOWN_SPEAKER, UNKNOWN_SPEAKER, "ann"]), rules())
    relations = {(c.source, c.target): c.relation for c in graph.connections(Kind.INTRA)}
    assert relations[0, 1] is Relation.UNKNOWN
    assert relations[1, 2] is Relation.UNKNOWN
    assert relations[1, 1] is Relation.SELF


def test_looking_ahead_connects_earlier_targets_to_the_new_source():
    graph = ConversationGraph(rules(past=0, ahead=1))
    first, second = (graph.add(utterance) for utterance in utterances(["ann", "bob"]))
    assert [(c.source, c.target) for c in first.connections[Kind.INTRA]] == [(0, 0)]
    assert [(c.source, c.target) for c in second.connections[Kind.INTRA]] == [(1, 0), (1, 1)]


def test_an_utterance_out_of_order_is_refused():
    graph = ConversationGraph(rules())
    with pytest.raises(ValueError, match="arrived where 0 was next"):
        graph.add(Utterance("7", 7, "ann", "hello"))
