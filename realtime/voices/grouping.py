"""Sequences and sets of voice vectors: which follow one another, and which belong together."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]


def unit(vectors: Vectors) -> Vectors:
    """(..., D) vectors of length 1 in the same directions; what is zero stays."""
    lengths: Vectors = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(np.float64).tiny)


def likeliest_course(scores: Vectors, change_cost: float) -> NDArray[np.intp]:
    """(N,) states, one per row of (N, K) scores, of the largest sum when every change of state costs something.

    The Viterbi algorithm, with one price for all changes.
    """
    states = scores.shape[1]
    best, came_from = scores[0].copy(), []
    for row in scores[1:]:
        changed = best.max() - change_cost
        came_from.append(np.where(best >= changed, np.arange(states), best.argmax()))
        best = np.maximum(best, changed) + row
    course = [int(best.argmax())]
    for previous in reversed(came_from):
        course.append(int(previous[course[-1]]))
    return np.array(course[::-1], np.intp)


def runs(course: Sequence[int] | NDArray[np.intp]) -> list[tuple[int, slice]]:
    """Each state and for which rows it lasts, in order."""
    changes = np.flatnonzero(np.diff(course)) + 1
    edges = [0, *changes.tolist(), len(course)]
    return [(int(course[first]), slice(first, last)) for first, last in pairwise(edges)]


def largest_group(vectors: Vectors, similarity: float) -> NDArray[np.intp]:
    """Rows of the largest group among (N, D) unit vectors that are alike on average.

    Groups are joined, the two most alike first, while the average similarity between them is at least `similarity`.
    """
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    sizes = np.ones(len(vectors))
    member_of = np.arange(len(vectors))
    while alike.max() >= similarity:
        one, other = sorted(np.unravel_index(int(alike.argmax()), alike.shape))
        joined = (sizes[one] * alike[one] + sizes[other] * alike[other]) / (sizes[one] + sizes[other])
        alike[one] = alike[:, one] = joined
        alike[other] = alike[:, other] = alike[one, one] = -np.inf
        sizes[one] += sizes[other]
        member_of[member_of == other] = one
    return np.flatnonzero(member_of == np.bincount(member_of).argmax())
