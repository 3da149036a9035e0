import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules, Kind, Relation, Window
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.plain.relations import connect
from realtime.incremental.state import NOBODY, Rings, State
from tests.strategies import rules, untrained

SPEAKERS = {"anna": 5, "ben": 0, UNKNOWN_SPEAKER: NOBODY}


def lanes_after(graph_rules, speakers):
    """The lanes of a step after each utterance of one conversation, in the second of two slots."""
    network = untrained(graph_rules)
    state = State(Rings(network), network.cause_head.weight)
    state.resize(2)
    for speaker in speakers:
        yield Lanes(state, torch.tensor([1]), torch.tensor([SPEAKERS[speaker]]))


@given(rules(), st.lists(st.sampled_from(list(SPEAKERS)), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_connections_are_those_of_the_conversations_graph(graph_rules, speakers):
    graph, connections = ConversationGraph(graph_rules), {kind: {} for kind in Kind}
    for newest, lanes in enumerate(lanes_after(graph_rules, speakers)):
        delta = graph.add(Utterance(str(newest), newest, speakers[newest], ""))
        for kind in Kind:
            window, count = graph_rules.window(kind), graph_rules.window(kind).ahead + 1
            connections[kind] |= {(c.target, c.offset): c.relation for c in delta.connections[kind]}
            found = connect(lanes, window, count)

            assert relations(found, newest - count + 1) == {
                where: relation for where, relation in connections[kind].items() if where[0] > newest - count
            }


def relations(found, first):
    """Relations by target and relative position."""
    return {
        (first + row, int(found.offset[place])): int(found.relation[0, row, place])
        for row, place in found.present[0].nonzero().tolist()
    }


def test_two_who_are_not_known_are_not_compared_but_an_utterance_is_itself():
    *_, lanes = lanes_after(GraphRules(past=1), [UNKNOWN_SPEAKER, UNKNOWN_SPEAKER])
    found = connect(lanes, Window(past=1, ahead=0), 2)

    assert found.present.tolist() == [[[False, True], [True, True]]]
    assert found.relation[0, 1].tolist() == [Relation.UNKNOWN, Relation.SELF]
    assert found.relation[0, 0, 1] == Relation.SELF


def test_the_last_rows_alone():
    *_, lanes = lanes_after(GraphRules(past=1), ["anna", "ben", "anna"])
    found = connect(lanes, Window(past=1, ahead=0), 3)

    assert found.last(1).present.tolist() == found.present[:, 2:].tolist()
    assert found.last(1).relation.tolist() == [[[Relation.OTHER_SPEAKER, Relation.SELF]]]
