"""What a step does besides multiplying matrices, over flat buffers: each kernel one loop that a compiler can vectorise.

Rows of a buffer are those of a conversation's last utterances, oldest first, the modalities' nodes of an utterance side
by side, one conversation after the other. Sums may be reordered here, but for every row in the same way: what a row
becomes depends on nothing else in the step.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from model.graph import Relation
from model.layers.attention import SLOPE
from realtime.incremental.fused.arithmetic import exp, gelu, sigmoid, tanh
from realtime.incremental.fused.vectors import LANES, add_share, address, weighed
from realtime.incremental.state import NOBODY

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NONE, RELU, GELU, TANH = range(4)
"""What is applied to a row after a linear map or a normalisation."""

at = np.uintp
"""Says of an index that it does not count from the end: without that, no loop over it becomes one over vectors."""

_SLOPE = np.float32(SLOPE)
_EPSILON = np.float32(1e-5)
_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
_SELF, _SAME, _OTHER, _UNKNOWN = (int(relation) for relation in Relation)

_fused = numba.njit(nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")


@_fused
def activate(x: Floats, start: int, size: int, what: int) -> None:
    """Apply a function to `size` numbers in place."""
    if what == GELU:
        for place in range(start, start + size):
            x[at(place)] = gelu(x[at(place)])
    elif what == TANH:
        for place in range(start, start + size):
            x[at(place)] = tanh(x[at(place)])
    elif what == RELU:
        for place in range(start, start + size):
            x[at(place)] = max(x[at(place)], _ZERO)


@_fused
def move(source: Floats, start: int, target: Floats, place: int, width: int) -> None:
    """A row elsewhere."""
    for d in range(width):
        target[at(place + d)] = source[at(start + d)]


@_fused
def clear(x: Floats, row: int, width: int) -> None:
    """A row of zeros."""
    for d in range(width):
        x[at(row + d)] = _ZERO


@_fused
def add_share_of(x: Floats, out: int, source: Floats, row: int, share: np.float32, width: int) -> None:
    """Add to a row a share of another."""
    for d in range(width):
        x[at(out + d)] += share * source[at(row + d)]


@_fused
def average(x: Floats, one: int, other: int, out: int, width: int) -> None:
    """The mean of two rows."""
    for d in range(width):
        x[at(out + d)] = (x[at(one + d)] + x[at(other + d)]) * _HALF


@_fused
def centre(x: Floats, row: int, parameters: Floats, mean: int, scale: int, width: int) -> None:
    """A row as it was measured, less a mean, by a scale."""
    for d in range(width):
        x[at(row + d)] = (x[at(row + d)] - parameters[at(mean + d)]) / parameters[at(scale + d)]


@_fused
def product(held: Floats, one: int, other: int, x: Floats, out: int, width: int) -> None:
    """Two rows multiplied."""
    for d in range(width):
        x[at(out + d)] = held[at(one + d)] * held[at(other + d)]


@_fused
def add_ends(x: Floats, row: int, held: Floats, one: int, other: int, where: int, who: int, width: int) -> None:
    """Add to what concerns both ends of a pair what concerns each alone, its position and its speakers; then GELU."""
    for d in range(width):
        alone = held[at(one + d)] + held[at(other + d)] + x[at(where + d)] + x[at(who + d)]
        x[at(row + d)] = gelu(x[at(row + d)] + alone)


@_fused
def normalise(
    x: Floats, row: int, beside: int, out: int, width: int, parameters: Floats, scale: int, shift: int
) -> None:
    """A row, plus the one at `beside` unless that is negative, with mean 0 and variance 1, then scaled and shifted."""
    total = _ZERO
    for d in range(width):
        value = x[at(row + d)] + x[at(beside + d)] if beside >= 0 else x[at(row + d)]
        x[at(out + d)] = value
        total += value
    mean = total / np.float32(width)
    squares = _ZERO
    for d in range(width):
        squares += (x[at(out + d)] - mean) * (x[at(out + d)] - mean)
    per_deviation = _ONE / np.sqrt(squares / np.float32(width) + _EPSILON)
    for d in range(width):
        x[at(out + d)] = (x[at(out + d)] - mean) * per_deviation * parameters[at(scale + d)] + parameters[at(shift + d)]


@_fused
def softmax(x: Floats, row: int, out: int, size: int) -> None:
    """Shares of `size` scores."""
    highest = x[at(row)]
    for place in range(1, size):
        highest = max(highest, x[at(row + place)])
    total = _ZERO
    for place in range(size):
        x[at(out + place)] = exp(x[at(row + place)] - highest)
        total += x[at(out + place)]
    for place in range(size):
        x[at(out + place)] = x[at(out + place)] / total


@_fused
def relation(speakers: Ints, source: int, target: int) -> int:
    """Who spoke utterance `source`, seen from `target`: as `model.graph.ConversationGraph` has it.

    `speakers` (U,) are those of one conversation, utterance i at place i mod U.
    """
    if source == target:
        return _SELF
    size = np.uint64(speakers.shape[0])
    one, other = speakers[np.uint64(source) % size], speakers[np.uint64(target) % size]
    if one == NOBODY or other == NOBODY:  # noqa: PLR1714 - as numba compiles it
        return _UNKNOWN
    return _SAME if one == other else _OTHER


@_fused
def score(
    x: Floats, query: int, held: Floats, key: int, parameters: Floats, edge: int, position: int, weight: int, width: int
) -> np.float32:
    """One head's score of one source: a . LeakyReLU(q + k + u + w), as in `model.layers.attention`."""
    total, vectors = _ZERO, width // LANES
    if vectors:
        total += weighed(
            address(x, query),
            address(held, key),
            address(parameters, edge),
            address(parameters, position),
            address(parameters, weight),
            vectors,
        )
    for d in range(vectors * LANES, width):
        joint = x[at(query + d)] + held[at(key + d)] + parameters[at(edge + d)] + parameters[at(position + d)]
        total += parameters[at(weight + d)] * max(joint, _SLOPE * joint)
    return total


@_fused
def take(
    x: Floats, out: int, held: Floats, value: int, parameters: Floats, edge: int, share: np.float32, width: int
) -> None:
    """Add to a row its share of one source's value."""
    vectors = width // LANES
    if vectors:
        add_share(address(x, out), address(held, value), address(parameters, edge), share, vectors)
    for d in range(vectors * LANES, width):
        x[at(out + d)] += share * (held[at(value + d)] + parameters[at(edge + d)])


@_fused
def gru(x: Floats, read: int, kept: int, state: int, out: int, width: int) -> None:
    """A GRU cell after its two linear maps, (3 D,) of what is read and of the state: reset, update, new."""
    for d in range(width):
        reset = sigmoid(x[at(read + d)] + x[at(kept + d)])
        update = sigmoid(x[at(read + width + d)] + x[at(kept + width + d)])
        new = tanh(x[at(read + 2 * width + d)] + reset * x[at(kept + 2 * width + d)])
        x[at(out + d)] = new + update * (x[at(state + d)] - new)


@_fused
def inner(x: Floats, row: int, parameters: Floats, weight: int, stride: int, width: int) -> np.float32:
    """A row times one column of a weight matrix."""
    total = _ZERO
    for d in range(width):
        total += x[at(row + d)] * parameters[at(weight + d * stride)]
    return total
