"""Annotated conversations made ready for training: graphs, targets, and their words after the encoder's frozen part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import torch
from torch import Tensor

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair
from model.encoders.inputs import all_inputs
from model.encoders.minilm import MiniLM, TokenRow
from model.errors import DataError
from model.graph import ConversationGraph, Kind
from model.graph_tensors import GraphTensors, graph_tensors, join
from model.networks.mtml import Settings
from model.training.settings import Presentation

_EMBEDDED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one conversation after the frozen part of the encoder.

    Attributes:
        states: Per utterance (T, F).
        own: Per utterance, how many of the first tokens are its own.
    """

    states: tuple[Tensor, ...]
    own: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation, in every form in which it may be presented.

    Attributes:
        conversation: As annotated.
        written: Its words as annotated.
        recognised: Its words as a recogniser writes them.
        named: Its graph.
        unnamed: Its graph when nobody knows who speaks.
        emotions: (N,) index of the label.
        causes: (N,) 1 where the utterance is a cause of any emotion, else 0.
        pairs: (E,) 1.0 where the candidate is a true cause, else 0.0.
    """

    conversation: Conversation
    written: Words
    recognised: Words
    named: GraphTensors
    unnamed: GraphTensors
    emotions: Tensor
    causes: Tensor
    pairs: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Several conversations in one presentation each, side by side in one graph."""

    words: Words
    graph: GraphTensors
    emotions: Tensor
    causes: Tensor
    pairs: Tensor


def as_recognised(text: str) -> str:
    """A text as a speech recogniser writes it: lower case, no punctuation but apostrophes."""
    return " ".join(re.sub(r"[^\w']+", " ", text.lower().replace("\u2019", "'").replace("\u0092", "'")).split())


def prepare(
    conversations: Sequence[Conversation],
    encoder: MiniLM,
    network: Settings,
    precision: torch.dtype = torch.float32,
) -> list[Example]:
    """Examples of annotated conversations.

    Args:
        conversations: With emotions and pairs.
        encoder: Its frozen part reads their words.
        network: Its labels, and the rules of its graph.
        precision: What the words are kept in; half of it is enough to learn from.

    Raises:
        DataError: A conversation has no emotions or pairs, or a label the network does not know.
    """
    spoken = [_recognised(conversation) for conversation in conversations]
    words = _all_words([*conversations, *spoken], encoder, precision)
    count = len(conversations)
    return [
        _example(conversation, (words[i], words[count + i]), network) for i, conversation in enumerate(conversations)
    ]


def present(examples: Sequence[Example], presentation: Presentation, random: Random) -> Batch:
    """One batch, each conversation in a form drawn at random."""
    words = [e.recognised if random.random() < presentation.recognised_text else e.written for e in examples]
    graphs = [e.unnamed if random.random() < presentation.unknown_speakers else e.named for e in examples]
    return Batch(
        words=Words(tuple(s for w in words for s in w.states), tuple(n for w in words for n in w.own)),
        graph=join(graphs),
        emotions=torch.cat([e.emotions for e in examples]),
        causes=torch.cat([e.causes for e in examples]),
        pairs=torch.cat([e.pairs for e in examples]),
    )


def _recognised(conversation: Conversation) -> Conversation:
    utterances = tuple(replace(u, text=as_recognised(u.text)) for u in conversation.utterances)
    return replace(conversation, utterances=utterances)


def _all_words(conversations: Sequence[Conversation], encoder: MiniLM, precision: torch.dtype) -> list[Words]:
    context = encoder.settings.context
    rows = [[encoder.tokenize(item) for item in all_inputs(c.utterances, context)] for c in conversations]
    states = iter(_embed([row for conversation in rows for row in conversation], encoder, precision))
    return [Words(tuple(next(states) for _ in own), tuple(row.own for row in own)) for own in rows]


def _embed(rows: Sequence[TokenRow], encoder: MiniLM, precision: torch.dtype) -> list[Tensor]:
    """Frozen states of all rows, computed shortest first so that little of a batch is padding."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    states: list[Tensor] = [torch.empty(0)] * len(rows)
    for start in range(0, len(order), _EMBEDDED_AT_ONCE):
        chosen = order[start : start + _EMBEDDED_AT_ONCE]
        for i, state in zip(chosen, encoder.embed([rows[i] for i in chosen]), strict=True):
            states[i] = state.to(precision)
    return states


def _example(conversation: Conversation, words: tuple[Words, Words], network: Settings) -> Example:
    labels, rules = network.labels, network.graph
    if conversation.emotions is None or conversation.pairs is None:
        raise DataError(
            f"conversation {conversation.id} is not annotated", "Train on conversations with emotions and pairs"
        )
    unknown = set(conversation.emotions) - set(labels)
    if unknown:
        raise DataError(
            f"conversation {conversation.id} has the labels {sorted(unknown)}", f"Known are {', '.join(labels)}"
        )
    graph = ConversationGraph.fold(conversation.utterances, rules)
    nobody = (replace(u, speaker=UNKNOWN_SPEAKER) for u in conversation.utterances)
    causes = {pair.cause for pair in conversation.pairs}
    candidates = graph.connections(Kind.CANDIDATE)
    return Example(
        conversation=conversation,
        written=words[0],
        recognised=words[1],
        named=graph_tensors(graph),
        unnamed=graph_tensors(ConversationGraph.fold(nobody, rules)),
        emotions=torch.tensor([labels.index(label) for label in conversation.emotions]),
        causes=torch.tensor([int(u.index in causes) for u in conversation.utterances]),
        pairs=torch.tensor([float(Pair(c.target, c.source) in conversation.pairs) for c in candidates]),
    )
