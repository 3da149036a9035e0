from dataclasses import replace
from random import Random

import pytest
import torch

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair, Utterance
from model.emotions import EKMAN_LABELS
from model.errors import DataError
from model.graph import Kind, Relation
from model.networks.mtml import Settings
from model.training.examples import COMPACT, QUICK, as_recognised, prepare, present
from model.training.settings import Presentation
from tests.tiny_minilm import tiny_minilm

UTTERANCES = tuple(
    Utterance(str(i), i, speaker, text)
    for i, (speaker, text) in enumerate([("ann", "Good news!"), ("bob", "So happy!"), ("ann", "You?")])
)
CONVERSATION = Conversation(
    "one", UTTERANCES, ("neutral", "joy", "neutral"), frozenset({Pair(1, 0), Pair(1, 1), Pair(1, 2)})
)


@pytest.fixture
def example():
    return prepare([CONVERSATION], tiny_minilm(), Settings())[0]


@pytest.mark.parametrize(
    "text,recognised",
    [
        ("Oh, I'm SO happy!!", "oh i'm so happy"),
        ("Wait... what?", "wait what"),
        ("It\u2019s me", "it's me"),
        ("...", ""),
    ],
)
def test_text_as_a_recogniser_writes_it(text, recognised):
    assert as_recognised(text) == recognised


def test_targets_are_the_annotation_seen_from_the_candidates(example):
    assert example.emotions.tolist() == [0, EKMAN_LABELS.index("joy"), 0]
    assert example.causes.tolist() == [1, 1, 1]
    sources, targets = example.named.edges[Kind.CANDIDATE].index
    true = {(t, s) for t, s, y in zip(targets.tolist(), sources.tolist(), example.pairs.tolist(), strict=True) if y}
    assert true == {(1, 0), (1, 1)}  # the later cause is no candidate of a causal network


def test_a_conversation_may_be_shown_without_names_and_punctuation(example):
    always = present([example], Presentation(unknown_speakers=1, recognised_text=1), Random(0))
    never = present([example], Presentation(unknown_speakers=0, recognised_text=0), Random(0))
    relations = set(always.graph.edges[Kind.INTRA].relation.tolist())
    assert relations == {Relation.SELF, Relation.UNKNOWN}
    assert Relation.UNKNOWN not in never.graph.edges[Kind.INTRA].relation.tolist()
    assert [s.shape[0] for s in always.words.states] != [s.shape[0] for s in never.words.states]


def test_conversations_of_a_batch_lie_side_by_side(example):
    batch = present([example, example], Presentation(), Random(0))
    assert batch.graph.size == 6
    assert len(batch.words.states) == 6
    assert torch.equal(batch.emotions, torch.cat([example.emotions] * 2))
    sources, targets = batch.graph.edges[Kind.INTRA].index
    assert torch.equal(sources < 3, targets < 3)


def test_what_nobody_annotated_is_marked_in_the_targets():
    only_emotions = replace(CONVERSATION, pairs=None)
    only_pairs = replace(CONVERSATION, emotions=None)
    emotional, paired = prepare([only_emotions, only_pairs], tiny_minilm(), Settings())
    assert emotional.emotions.tolist() == [0, EKMAN_LABELS.index("joy"), 0]
    assert set(emotional.causes.tolist()) == {-100}
    assert set(emotional.pairs.tolist()) == {-1.0}
    assert set(paired.emotions.tolist()) == {-100}
    assert paired.causes.tolist() == [1, 1, 1]
    assert set(paired.pairs.tolist()) == {0.0, 1.0}
    batch = present([emotional, paired], Presentation(), Random(0))
    assert batch.emotions.dtype == batch.causes.dtype == torch.long
    assert batch.pairs.dtype == torch.float32


def test_a_text_that_occurs_often_is_read_and_kept_once():
    comments = [Conversation(str(i), (Utterance("1", 0, UNKNOWN_SPEAKER, "good"),), ("joy",)) for i in range(200)]
    heard: list[tuple[int, int]] = []
    examples = prepare(comments, tiny_minilm(), Settings(), COMPACT, lambda *done: heard.append(done))
    assert heard == [(1, 1)]
    assert {e.written.states[0].data_ptr() for e in examples} == {examples[0].recognised.states[0].data_ptr()}
    assert examples[0].written.states[0].dtype == torch.float16
    assert all(e.named is e.unnamed is examples[0].named for e in examples)


def test_half_the_bits_change_the_words_little():
    exact = prepare([CONVERSATION], tiny_minilm(), Settings())[0]
    quick = prepare([CONVERSATION], tiny_minilm(), Settings(), QUICK)[0]
    for a, b in zip(exact.written.states, quick.written.states, strict=True):
        assert a.dtype == torch.float32
        assert torch.allclose(a, b.float(), atol=0.1)


def test_speakers_are_told_apart_whatever_they_are_called(example):
    renamed = [replace(u, speaker={"ann": "x", "bob": "y"}[u.speaker]) for u in UTTERANCES]
    other = prepare([replace(CONVERSATION, utterances=tuple(renamed))], tiny_minilm(), Settings())[0]
    for kind in Kind:
        assert torch.equal(other.named.edges[kind].relation, example.named.edges[kind].relation)
    assert Relation.OTHER_SPEAKER in example.named.edges[Kind.INTRA].relation


def test_a_label_the_network_does_not_know_is_refused():
    with pytest.raises(DataError, match="joy"):
        prepare([CONVERSATION], tiny_minilm(), Settings(labels=("neutral", "sadness")))
