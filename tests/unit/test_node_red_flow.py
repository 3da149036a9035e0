"""The Node-RED example is a flow that can be imported: whole, and about topics that there are."""

import json
import re
from pathlib import Path

from edge.wire.topics import Topics

FLOW = json.loads((Path(__file__).parents[2] / "docs/examples/node-red/flow.json").read_text())
NODES = {node["id"]: node for node in FLOW}
CONFIGURATION = {"tab", "mqtt-broker"}
INPUTS = {"mqtt in": 0, "function": 1, "debug": 1}  # how many each kind has; all of them come with Node-RED


def test_ids_are_as_node_red_makes_them():
    assert len(NODES) == len(FLOW)
    assert all(re.fullmatch("[0-9a-f]{16}", node) for node in NODES)


def test_every_node_is_of_a_kind_that_comes_with_node_red_and_lies_on_the_tab():
    (tab,) = (node["id"] for node in FLOW if node["type"] == "tab")
    for node in FLOW:
        if node["type"] not in CONFIGURATION:
            assert node["type"] in INPUTS
            assert node["z"] == tab


def test_every_wire_leads_somewhere_and_every_node_is_reached():
    reached = set()
    for node in FLOW:
        for wire in (wire for output in node.get("wires", ()) for wire in output):
            assert INPUTS[NODES[wire]["type"]] == 1
            reached.add(wire)
    assert reached == {node["id"] for node in FLOW if INPUTS.get(node["type"])}


def test_functions_have_as_many_outputs_as_they_say():
    functions = [node for node in FLOW if node["type"] == "function"]
    assert functions
    assert all(len(node["wires"]) == node["outputs"] for node in functions)


def test_topics_are_ours_at_the_one_broker_and_none_is_read_twice():
    (broker,) = (node["id"] for node in FLOW if node["type"] == "mqtt-broker")
    inputs = [node for node in FLOW if node["type"] == "mqtt in"]
    subjects = ("transcript/final", "emotion", "cause", "lifecycle", "alert")
    everywhere = [Topics("site", "node").any_conversation(subject).replace("/site/", "/+/") for subject in subjects]
    assert sorted(node["topic"] for node in inputs) == sorted(everywhere)
    assert {(node["broker"], node["qos"], node["datatype"]) for node in inputs} == {(broker, "1", "json")}
