import json

import pytest
import torch

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules, Relation
from model.graph_export import to_hetero_data, to_json

RULES = GraphRules(past=1, cross_task_past=0, cause_past=2, cause_ahead=1)
UTTERANCES = (
    Utterance("a", 0, "anna", "Hello.", 0.5, 1.0),
    Utterance("b", 1, "ben", "Hi.", 1.5, 2.0),
    Utterance("c", 2, "anna", "", None, None),
    Utterance("d", 3, UNKNOWN_SPEAKER, "Yes.", 3.0, 4.0),
)


@pytest.fixture
def graph():
    return ConversationGraph.fold(UTTERANCES, RULES)


def test_hetero_data_has_a_node_per_task_and_an_edge_type_per_kind(graph):
    data = to_hetero_data(graph)

    assert data.validate()
    assert data.node_types == ["emotion", "cause"]
    assert set(data.edge_types) == {
        ("emotion", "intra", "emotion"),
        ("cause", "intra", "cause"),
        ("cause", "cross_task", "emotion"),
        ("emotion", "cross_task", "cause"),
        ("emotion", "round", "emotion"),
        ("cause", "round", "cause"),
        ("cause", "round", "emotion"),
        ("emotion", "round", "cause"),
        ("cause", "candidate", "emotion"),
    }
    assert data["emotion"].num_nodes == data["cause"].num_nodes == 4
    assert data.speakers == ["anna", "ben", UNKNOWN_SPEAKER]
    assert data["emotion"].speaker.tolist() == [0, 1, 0, 2]
    assert data["cause"].start_s.isnan().tolist() == [False, False, True, False]


def test_hetero_data_edges_say_who_spoke_and_how_far_away(graph):
    data = to_hetero_data(graph)
    intra, candidates = data["emotion", "intra", "emotion"], data["cause", "candidate", "emotion"]

    assert sorted(intra.edge_index.T.tolist()) == [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [2, 3], [3, 3]]
    assert torch.equal(candidates.offset, candidates.edge_index[0] - candidates.edge_index[1])
    relations = {
        tuple(ends): Relation(r)
        for ends, r in zip(candidates.edge_index.T.tolist(), candidates.relation.tolist(), strict=True)
    }
    assert relations[0, 2] is Relation.SAME_SPEAKER
    assert relations[1, 0] is Relation.OTHER_SPEAKER
    assert relations[3, 2] is Relation.UNKNOWN
    assert relations[3, 3] is Relation.SELF


def test_json_says_the_same_without_tensors(graph):
    exported = json.loads(json.dumps(to_json(graph)))
    data = to_hetero_data(graph)

    assert exported["rules"]["cause_past"] == 2
    assert exported["utterances"][0] == {
        "index": 0,
        "id": "a",
        "speaker": "anna",
        "text": "Hello.",
        "start_s": 0.5,
        "end_s": 1.0,
    }
    assert exported["utterances"][2]["start_s"] is None
    for source, kind, target in data.edge_types:
        edges = [
            (e["source"]["utterance"], e["target"]["utterance"], Relation[e["relation"].upper()], e["offset"])
            for e in exported["edges"]
            if (e["source"]["task"], e["kind"], e["target"]["task"]) == (source, kind, target)
        ]
        store = data[source, kind, target]
        assert edges == list(
            zip(*store.edge_index.tolist(), store.relation.tolist(), store.offset.tolist(), strict=True)
        )


def test_an_empty_conversation_exports_too():
    empty = ConversationGraph(RULES)

    assert to_hetero_data(empty)["emotion"].num_nodes == 0
    assert to_json(empty)["edges"] == []


def test_a_graph_that_forgot_its_beginning_is_refused():
    short = ConversationGraph(RULES, keep=2)
    for utterance in UTTERANCES:
        short.add(utterance)

    for export in (to_hetero_data, to_json):
        with pytest.raises(ValueError, match="holds 2 of its 4 utterances"):
            export(short)
