"""Conversations with emotions and causes, and readings of them, made by hand or at random."""

import torch
from hypothesis import strategies as st

from model.conversation import Conversation, Pair, Utterance
from model.emotions import EKMAN_LABELS
from model.networks.predict import Prediction


def conversation(emotions, pairs, name="1") -> Conversation:
    """Utterances with these emotions, and (emotion, cause) pairs counted from 0; None where nobody annotated them."""
    utterances = tuple(Utterance(str(i), i, "AB"[i % 2], f"word {i}") for i in range(len(emotions)))
    annotated = None if pairs is None else frozenset(Pair(*pair) for pair in pairs)
    return Conversation(name, utterances, tuple(emotions), annotated)


def prediction(said: Conversation, sure: float = 0.8, chances=None) -> Prediction:
    """What a network says that is as sure of every emotion; its candidates and chances are the pairs it says."""
    emotions = torch.full((len(said.utterances), len(EKMAN_LABELS)), (1 - sure) / (len(EKMAN_LABELS) - 1))
    for row, label in enumerate(said.emotions):
        emotions[row, EKMAN_LABELS.index(label)] = sure
    chances = chances or {(pair.emotion, pair.cause): 0.7 for pair in sorted(said.pairs or (), key=str)}
    candidates = torch.tensor(list(chances), dtype=torch.long).reshape(-1, 2)
    return Prediction(said, emotions, candidates, torch.tensor(list(chances.values())))


def splits(longest: int = 8) -> st.SearchStrategy[list[tuple[Conversation, Conversation]]]:
    """Conversations as people annotated them, each with a prediction that has nothing to do with it."""

    @st.composite
    def both(draw):
        length = draw(st.integers(1, longest))
        emotions = st.lists(st.sampled_from(EKMAN_LABELS), min_size=length, max_size=length)
        place = st.integers(0, length - 1)
        pairs = st.sets(st.tuples(place, place), max_size=10)
        return tuple(conversation(draw(emotions), draw(pairs)) for _ in range(2))

    return st.lists(both(), min_size=1, max_size=6)
