"""Annotated conversations made ready for training: graphs, targets, and their words after the encoder's frozen part."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import torch
from torch import Tensor

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair, Utterance
from model.encoders.inputs import all_inputs
from model.encoders.minilm import MiniLM, TokenRow
from model.errors import DataError
from model.graph import ConversationGraph, Kind
from model.graph_tensors import GraphTensors, graph_tensors, join
from model.modality import Modality
from model.networks.mtml import Settings
from model.sensed import Sensed
from model.training.dropping import drop
from model.training.settings import Presentation

NOT_ANNOTATED = -100
"""The target of an utterance's emotion or cause that nobody annotated; cross-entropy leaves it out by itself."""

PAIR_NOT_ANNOTATED = -1.0
"""The target of a candidate that nobody annotated."""

_EMBEDDED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Precision:
    """With how many bits the frozen part computes, and with how many its states are kept."""

    computed: torch.dtype
    kept: torch.dtype


EXACT = Precision(torch.float32, torch.float32)
"""To measure with."""

COMPACT = Precision(torch.float32, torch.float16)
"""To learn from."""

QUICK = Precision(torch.bfloat16, torch.float16)
"""To learn from, where there are very many texts."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one conversation after the frozen part of the encoder.

    Attributes:
        states: Per utterance (T, F); of an encoder that is frozen as a whole, its features (1, F).
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
        emotions: (N,) index of the label, or `NOT_ANNOTATED`.
        causes: (N,) 1 where the utterance is a cause of any emotion, else 0; or `NOT_ANNOTATED`.
        pairs: (E,) 1.0 where the candidate is a true cause, else 0.0; or `PAIR_NOT_ANNOTATED`.
        sensed: What there is beyond the words, per modality; one that is left out is absent throughout.
    """

    conversation: Conversation
    written: Words
    recognised: Words
    named: GraphTensors
    unnamed: GraphTensors
    emotions: Tensor
    causes: Tensor
    pairs: Tensor
    sensed: Mapping[Modality, Sensed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several conversations in one presentation each, side by side in one graph; the targets are those of `Example`.

    Attributes:
        sensed: What is shown beyond the words, of all utterances, for every modality that any of them has.
        worded: (N,) whether an utterance's words are shown; None: all are.
    """

    words: Words
    graph: GraphTensors
    emotions: Tensor
    causes: Tensor
    pairs: Tensor
    sensed: Mapping[Modality, Sensed] = field(default_factory=dict)
    worded: Tensor | None = None

    def to(self, device: torch.device) -> "Batch":
        """The same with graph and targets on a device; the words are where the encoder was."""
        return Batch(
            words=self.words,
            graph=self.graph.to(device),
            emotions=self.emotions.to(device),
            causes=self.causes.to(device),
            pairs=self.pairs.to(device),
            sensed={modality: each.to(device) for modality, each in self.sensed.items()},
            worded=None if self.worded is None else self.worded.to(device),
        )


def as_recognised(text: str) -> str:
    """A text as a speech recogniser writes it: lower case, no punctuation but apostrophes."""
    return " ".join(re.sub(r"[^\w']+", " ", text.lower().replace("\u2019", "'").replace("\u0092", "'")).split())


def prepare(
    conversations: Sequence[Conversation],
    encoder: MiniLM,
    network: Settings,
    precision: Precision = EXACT,
    embedded: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Example]:
    """Examples of conversations, annotated wholly, in part or not at all.

    Args:
        conversations: Those without emotions or without pairs get targets that say so.
        encoder: Its frozen part reads their words, on its device; there they stay.
        network: Its labels, and the rules of its graph.
        precision: Of their words.
        embedded: Told how many texts are read, and of how many.

    Raises:
        DataError: A conversation has a label the network does not know.
    """
    for conversation in conversations:
        _require_known_labels(conversation, network.labels)
    spoken = [_recognised(conversation) for conversation in conversations]
    words = _all_words([*conversations, *spoken], encoder, precision, embedded)
    count = len(conversations)
    graphs: dict[tuple[str, ...], tuple[ConversationGraph, GraphTensors]] = {}
    return [
        _example(conversation, (words[i], words[count + i]), network, graphs)
        for i, conversation in enumerate(conversations)
    ]


def present(examples: Sequence[Example], presentation: Presentation, random: Random) -> Batch:
    """One batch, each conversation in a form drawn at random."""
    words = [e.recognised if random.random() < presentation.recognised_text else e.written for e in examples]
    graphs = [e.unnamed if random.random() < presentation.unknown_speakers else e.named for e in examples]
    sensed = _side_by_side(examples)
    worded = None
    if sensed:  # without, nothing is drawn: a training on words alone is what it was
        sensed, worded = drop(sensed, presentation.modality_dropout, random)
    return Batch(
        words=Words(tuple(s for w in words for s in w.states), tuple(n for w in words for n in w.own)),
        graph=join(graphs),
        emotions=torch.cat([e.emotions for e in examples]),
        causes=torch.cat([e.causes for e in examples]),
        pairs=torch.cat([e.pairs for e in examples]),
        sensed=sensed,
        worded=worded,
    )


def _side_by_side(examples: Sequence[Example]) -> dict[Modality, Sensed]:
    """What there is beyond the words of the conversations, one after the other."""
    widths = {modality: each.features.shape[1] for e in examples for modality, each in e.sensed.items()}
    together = {}
    for modality, width in widths.items():
        parts = [e.sensed.get(modality) or Sensed.nothing(e.named.size, width, e.emotions.device) for e in examples]
        together[modality] = Sensed(torch.cat([p.features for p in parts]), torch.cat([p.present for p in parts]))
    return together


def _recognised(conversation: Conversation) -> Conversation:
    utterances = tuple(replace(u, text=as_recognised(u.text)) for u in conversation.utterances)
    return replace(conversation, utterances=utterances)


def _all_words(
    conversations: Sequence[Conversation],
    encoder: MiniLM,
    precision: Precision,
    embedded: Callable[[int, int], None],
) -> list[Words]:
    context = encoder.settings.context
    rows = [[encoder.tokenize(item) for item in all_inputs(c.utterances, context)] for c in conversations]
    different = list(dict.fromkeys(row for conversation in rows for row in conversation))
    states = dict(zip(different, _embed(different, encoder, precision, embedded), strict=True))
    still = not encoder.tuned_layers()
    return [Words(tuple(states[row] for row in each), tuple(1 if still else row.own for row in each)) for each in rows]


def _embed(
    rows: Sequence[TokenRow], encoder: MiniLM, precision: Precision, embedded: Callable[[int, int], None]
) -> list[Tensor]:
    """Frozen states of all rows, computed shortest first so that little of a batch is padding.

    An encoder without upper layers that learn is done with them: what is kept is their mean, its features.
    """
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    states: list[Tensor] = [torch.empty(0)] * len(rows)
    for start in range(0, len(order), _EMBEDDED_AT_ONCE):
        chosen = order[start : start + _EMBEDDED_AT_ONCE]
        with torch.autocast(encoder.device.type, torch.bfloat16, enabled=precision.computed == torch.bfloat16):
            computed = encoder.embed([rows[i] for i in chosen])
            if not encoder.tuned_layers():
                computed = list(encoder.read(computed, [rows[i].own for i in chosen]).unsqueeze(1))
        for i, state in zip(chosen, computed, strict=True):
            states[i] = state.to(precision.kept, copy=True)  # a view would keep the whole padded batch alive
        embedded(start + len(chosen), len(rows))
    return states


def _require_known_labels(conversation: Conversation, labels: Sequence[str]) -> None:
    unknown = set(conversation.emotions or ()) - set(labels)
    if unknown:
        raise DataError(
            f"conversation {conversation.id} has the labels {sorted(unknown)}", f"Known are {', '.join(labels)}"
        )


def _example(
    conversation: Conversation,
    words: tuple[Words, Words],
    network: Settings,
    graphs: dict[tuple[str, ...], tuple[ConversationGraph, GraphTensors]],
) -> Example:
    def graph_of(speakers: Sequence[str]) -> tuple[ConversationGraph, GraphTensors]:
        places = _places(speakers)
        if places not in graphs:
            graph = ConversationGraph.fold(_silent(places), network.graph)
            graphs[places] = graph, graph_tensors(graph)
        return graphs[places]

    graph, named = graph_of([u.speaker for u in conversation.utterances])
    _, unnamed = graph_of([UNKNOWN_SPEAKER] * len(conversation.utterances))
    return Example(
        conversation=conversation,
        written=words[0],
        recognised=words[1],
        named=named,
        unnamed=unnamed,
        emotions=_emotions(conversation, network.labels),
        causes=_causes(conversation),
        pairs=_pairs(conversation, graph),
    )


def _places(speakers: Sequence[str]) -> tuple[str, ...]:
    """Speakers named by their order of appearance: conversations whose turns go alike share one graph."""
    seen = {speaker: str(place) for place, speaker in enumerate(dict.fromkeys(speakers))}
    return tuple(speaker if speaker == UNKNOWN_SPEAKER else seen[speaker] for speaker in speakers)


def _silent(speakers: Sequence[str]) -> Iterator[Utterance]:
    return (Utterance(str(index), index, speaker, "") for index, speaker in enumerate(speakers))


def _emotions(conversation: Conversation, labels: Sequence[str]) -> Tensor:
    if conversation.emotions is None:
        return torch.full((len(conversation.utterances),), NOT_ANNOTATED)
    return torch.tensor([labels.index(label) for label in conversation.emotions])


def _causes(conversation: Conversation) -> Tensor:
    if conversation.pairs is None:
        return torch.full((len(conversation.utterances),), NOT_ANNOTATED)
    causes = {pair.cause for pair in conversation.pairs}
    return torch.tensor([int(u.index in causes) for u in conversation.utterances])


def _pairs(conversation: Conversation, graph: ConversationGraph) -> Tensor:
    candidates = graph.connections(Kind.CANDIDATE)
    if conversation.pairs is None:
        return torch.full((len(candidates),), PAIR_NOT_ANNOTATED)
    return torch.tensor([float(Pair(c.target, c.source) in conversation.pairs) for c in candidates])
