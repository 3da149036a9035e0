"""A difference from the offline pass is seen, wherever it is."""

import dataclasses

import pytest
import torch

from edge.bench.incremental.conversation import RandomConversation
from edge.bench.incremental.deviation import Reference, Said
from edge.bench.incremental.subject import Subject
from edge.bench.incremental.ways import Full, Incremental, Script
from model.decision import Decision
from model.graph import GraphRules, Kind
from realtime.incremental.engine import IncrementalEngine
from tests.strategies import FEATURES, untrained

SIZE = 12


@pytest.fixture(scope="module")
def read():
    """What the engine said, and what the offline pass says of the same."""
    rules = GraphRules(past=2, ahead=1, cross_task_past=1, round_past=2, cause_past=3, cause_ahead=1)
    subject = Subject(untrained(rules, seed=3), Decision(link_threshold=1e-9), ())
    conversation = RandomConversation.of(SIZE, FEATURES, seed=2)
    engine = IncrementalEngine(subject.network, subject.decision)
    said = Incremental(engine, Script(conversation), SIZE, growing=True).begin(lambda number: None)
    full = Full(subject, conversation, conversation.features, SIZE)
    with torch.inference_mode():
        emotion, pair = full.run()
    window = rules.window(Kind.CANDIDATE)
    dense = torch.zeros(SIZE, window.width)
    candidates = full.graph.edges[Kind.CANDIDATE]
    dense[candidates.index[1], candidates.offset + window.past] = pair
    return Reference(emotion, pair, full.graph, window), said, emotion, dense


def test_the_engine_says_what_the_offline_pass_says(read):
    reference, said, *_ = read
    assert sum(len(result.links) for result in said.causes.values()) > SIZE
    assert reference.of_engine(said) <= 1e-5


def changed(said: Said, **results) -> Said:
    return Said(said.emotions | results.get("emotions", {}), said.causes | results.get("causes", {}))


def test_a_wrong_emotion_a_wrong_link_and_a_wrong_no_cause_are_seen(read):
    reference, said, *_ = read
    emotion = dataclasses.replace(said.emotions[0], probabilities=(0.0,) * len(said.emotions[0].probabilities))
    assert reference.of_engine(changed(said, emotions={0: emotion})) > 0.1

    number, result = next((number, result) for number, result in said.causes.items() if result.links)
    link = dataclasses.replace(result.links[0], probability=result.links[0].probability + 0.25)
    wrong = dataclasses.replace(result, links=(link, *result.links[1:]))
    assert reference.of_engine(changed(said, causes={number: wrong})) == pytest.approx(0.25, abs=1e-4)

    wrong = dataclasses.replace(result, no_cause_probability=result.no_cause_probability + 0.5)
    assert reference.of_engine(changed(said, causes={number: wrong})) == pytest.approx(0.5, abs=1e-4)


def test_windowed_results_are_compared_with_the_last_rows(read):
    reference, _, emotion, dense = read
    assert reference.of_windowed(emotion[-3:], dense[-4:]) == 0
    assert reference.of_windowed(emotion[-3:] + 0.5, dense[-4:]) == pytest.approx(0.5)
    assert reference.of_windowed(emotion[-3:], dense[-4:] + 0.25) == pytest.approx(0.25)
