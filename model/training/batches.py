"""Which conversations are learned from together, and in which order."""

from collections.abc import Iterator, Sequence
from random import Random

from model.training.examples import Example
from model.training.settings import Optimisation

Batches = list[list[int]]
"""Positions of the examples of each batch."""


def plan(examples: Sequence[Example], optimisation: Optimisation, random: Random) -> list[Batches]:
    """The batches of every epoch; each holds every example once, in an order drawn at random.

    All epochs are planned ahead, so that the number of steps is known, and a run that goes on after an interruption
    takes the same ones.
    """
    return [_epoch(examples, optimisation, random) for _ in range(optimisation.epochs)]


def _epoch(examples: Sequence[Example], optimisation: Optimisation, random: Random) -> Batches:
    order = list(range(len(examples)))
    random.shuffle(order)
    if optimisation.alike == 1:
        return list(_filled(order, examples, optimisation))
    pool = optimisation.alike * optimisation.batch
    pools = (order[start : start + pool] for start in range(0, len(order), pool))
    alike = [batch for chosen in pools for batch in _filled(_by_size(chosen, examples), examples, optimisation)]
    random.shuffle(alike)
    return alike


def _filled(order: Sequence[int], examples: Sequence[Example], limits: Optimisation) -> Iterator[list[int]]:
    """Batches in the given order, each as full as the limits allow."""
    batch: list[int] = []
    utterances = 0
    for position in order:
        size = examples[position].named.size
        if batch and (len(batch) == limits.batch or utterances + size > limits.utterances):
            yield batch
            batch, utterances = [], 0
        batch.append(position)
        utterances += size
    if batch:
        yield batch


def _by_size(positions: Sequence[int], examples: Sequence[Example]) -> list[int]:
    """Ordered by utterances, then by the longest text."""

    def size(position: int) -> tuple[int, int]:
        example = examples[position]
        return example.named.size, max(state.shape[0] for state in example.written.states)

    return sorted(positions, key=size)
