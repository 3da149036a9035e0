"""Attention as operations: over a window of a ring, and over the modalities of an utterance."""

import numpy as np
from numpy.typing import NDArray

from model.graph import Relation
from realtime.incremental.fused.kernels import Floats, Ints, at, clear, relation, score, softmax, take
from realtime.incremental.fused.operation import Frame, operation

_ZERO, _ONE = np.float32(0), np.float32(1)
_RELATIONS = len(Relation)  # more than there are modalities, whose places are relations, too


@operation
def attend(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Attention of rows over a window of a ring of keys and values; `reached` says which have anything to read.

    `present` is the ring that says which modalities there are, or -1 where that does not matter.
    """
    rows, modalities = op.rows, op.modalities
    found = np.empty((2, op.past + op.ahead + 1), np.int64)
    for lane in range(lanes):
        slot, newest = frame.slots[first + lane], frame.newest[first + lane]
        held, speakers = frame.rings[slot], frame.speakers[slot]
        for row in range(rows * modalities):
            target, number = newest - rows + 1 + row // modalities, lane * rows * modalities + row
            count = _readable(op, held, speakers, newest, target, row % modalities, found)
            frame.work[at(op.reached + number * op.reached_stride)] = _ONE if count else _ZERO
            reads, writes = op.query + number * op.query_stride, op.out + number * op.stride
            _read_along(op, frame, held, reads, writes, found, count, op.width)


@operation
def _readable(
    op: np.record, held: Floats, speakers: Ints, newest: int, target: int, modality: int, found: NDArray[np.int64]
) -> int:
    """The sources of a node: in `found` per source its place in the ring, and relation and position as one number."""
    modalities, capacity, has = op.modalities, op.present_capacity, op.present
    if target < 0:
        return 0
    if has >= 0 and held[at(has + target % capacity * modalities + modality)] == _ZERO:
        return 0
    count, source = 0, max(0, target - op.past)
    place, moment = source % op.capacity, source % capacity
    while source <= min(newest, target + op.ahead):
        if has < 0 or held[at(has + moment * modalities + modality)] > _ZERO:
            found[0, count] = op.ring + (place * modalities + modality) * 2 * op.width
            found[1, count] = (source - target + op.past) * _RELATIONS + relation(speakers, source, target)
            count += 1
        source += 1
        place = place + 1 if place + 1 < op.capacity else 0
        moment = moment + 1 if moment + 1 < capacity else 0
    return count


@operation
def _read_along(
    op: np.record, frame: Frame, held: Floats, reads: int, writes: int, found: NDArray[np.int64], count: int, apart: int
) -> None:
    """A node's message: zeros if there is nothing to read. `apart` is how far a value is from its key."""
    work, parameters, width = frame.work, frame.parameters, op.width
    size, window = width // op.heads, found.shape[1]
    clear(work, writes, width)
    if not count:
        return
    for number in range(count):
        key, kind = found[0, number], found[1, number]
        edge, position = op.keys + kind % _RELATIONS * width, op.positions + kind // _RELATIONS * width
        for head in range(op.heads):
            d = head * size
            work[at(op.scores + head * window + number)] = score(
                work, reads + d, held, key + d, parameters, edge + d, position + d, op.weight + d, size
            )
    for head in range(op.heads):
        softmax(work, op.scores + head * window, op.scores + head * window, count)
    for number in range(count):
        value, edge = found[0, number] + apart, op.values + found[1, number] % _RELATIONS * width
        for head in range(op.heads):
            d, share = head * size, work[at(op.scores + head * window + number)]
            take(work, writes + d, held, value + d, parameters, edge + d, share, size)


@operation
def across(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Attention of an utterance's nodes over its nodes of other modalities, whose places are their relations."""
    rows, modalities = op.rows, op.modalities
    found = np.empty((2, modalities), np.int64)
    for lane in range(lanes):
        held, newest = frame.rings[frame.slots[first + lane]], frame.newest[first + lane]
        for row in range(rows * modalities):
            utterance, number = newest - rows + 1 + row // modalities, lane * rows * modalities + row
            has, start, count = op.present + utterance % op.present_capacity * modalities, number - row % modalities, 0
            for node in range(start, start + modalities):
                both = held[at(has + number - start)] * held[at(has + node - start)]
                if utterance >= 0 and node != number and both > _ZERO:
                    found[0, count], found[1, count] = op.key + node * op.in_stride, node - start
                    count += 1
            frame.work[at(op.reached + number * op.reached_stride)] = _ONE if count else _ZERO
            reads, writes = op.query + number * op.in_stride, op.out + number * op.stride
            _read_along(op, frame, frame.work, reads, writes, found, count, op.value - op.key)
