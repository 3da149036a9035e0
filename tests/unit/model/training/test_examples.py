from random import Random

import pytest
import torch

from model.conversation import Conversation, Pair, Utterance
from model.emotions import EKMAN_LABELS
from model.errors import DataError
from model.graph import Kind, Relation
from model.networks.mtml import Settings
from model.training.examples import as_recognised, prepare, present
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


def test_conversations_without_annotation_cannot_be_learned_from():
    with pytest.raises(DataError, match="not annotated"):
        prepare([Conversation("bare", UTTERANCES)], tiny_minilm(), Settings())
