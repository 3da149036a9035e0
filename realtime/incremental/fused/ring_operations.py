"""Operations that remember rows of conversations, and those that read them again."""

import numpy as np

from realtime.incremental.fused import kernels
from realtime.incremental.fused.kernels import Floats, add_share_of, at, clear, inner, move, relation
from realtime.incremental.fused.operation import Frame, operation

_LOWEST, _ZERO = np.float32(-3.4e38), np.float32(0)


@operation
def present(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Remember which modalities the new utterance has."""
    for lane in range(first, first + lanes):
        place = op.ring + frame.newest[lane] % op.capacity * op.modalities
        move(frame.present[lane], 0, frame.rings[frame.slots[lane]], place, op.modalities)


@operation
def write(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Put rows of the last utterances at their places in a ring."""
    for lane in range(lanes):
        held, newest = frame.rings[frame.slots[first + lane]], frame.newest[first + lane]
        for row in range(op.rows):
            utterance = newest - op.rows + 1 + row
            if utterance < 0:
                continue
            place = op.ring + utterance % op.capacity * op.ring_width + op.column
            for modality in range(op.modalities):
                source = op.x + ((lane * op.rows + row) * op.modalities + modality) * op.x_stride
                move(frame.work, source, held, place + modality * op.step, op.width)


@operation
def read(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Rows of the last utterances from a ring; zeros for those before the first."""
    for lane in range(lanes):
        held, newest = frame.rings[frame.slots[first + lane]], frame.newest[first + lane]
        for row in range(op.rows):
            utterance = newest - op.rows + 1 + row
            place = op.ring + utterance % op.capacity * op.ring_width + op.column
            for modality in range(op.modalities):
                out = op.out + ((lane * op.rows + row) * op.modalities + modality) * op.stride
                if utterance < 0:
                    clear(frame.work, out, op.width)
                else:
                    move(held, place + modality * op.step, frame.work, out, op.width)


@operation
def pool(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Nodes of an utterance's modalities as one row, by the softmax of their scores: of those present, or of all."""
    work = frame.work
    for lane in range(lanes):
        held, newest = frame.rings[frame.slots[first + lane]], frame.newest[first + lane]
        for row in range(op.rows):
            utterance, number = newest - op.rows + 1 + row, lane * op.rows + row
            has = op.present + utterance % op.capacity * op.modalities
            some = utterance >= 0 and _any(held, has, op.modalities)
            for modality in range(op.modalities):
                there = not some or held[at(has + modality)] > _ZERO
                one = work[at(op.scores + (number * op.modalities + modality) * op.scores_stride)]
                work[at(op.shares + modality)] = one if there else _LOWEST
            kernels.softmax(work, op.shares, op.shares, op.modalities)
            out = op.out + number * op.out_stride
            clear(work, out, op.width)
            for modality in range(op.modalities):
                node = op.nodes + (number * op.modalities + modality) * op.stride
                add_share_of(work, out, work, node, work[at(op.shares + modality)], op.width)


@operation
def _any(x: Floats, start: int, size: int) -> bool:
    for place in range(start, start + size):  # noqa: SIM110 - as numba compiles it
        if x[at(place)] > _ZERO:
            return True
    return False


@operation
def products(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Pair streams of targets times those of their candidates, a row per position; zeros where there is none."""
    window = op.past + op.ahead + 1
    for lane in range(lanes):
        held, newest = frame.rings[frame.slots[first + lane]], frame.newest[first + lane]
        for row in range(op.rows):
            target = newest - op.rows + 1 + row
            one = op.targets + target % op.targets_capacity * 2 * op.width
            for position in range(window):
                source = target - op.past + position
                other = op.candidates + source % op.candidates_capacity * 2 * op.width
                out = op.out + ((lane * op.rows + row) * window + position) * op.stride
                if target >= 0 and 0 <= source <= newest:
                    kernels.product(held, one, other, frame.work, out, op.width)
                else:
                    clear(frame.work, out, op.width)


@operation
def pairs(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Logits of candidates: what concerns both ends, each alone, their position and speakers, through the output."""
    work, window, width = frame.work, op.past + op.ahead + 1, op.width
    for lane in range(lanes):
        slot, newest = frame.slots[first + lane], frame.newest[first + lane]
        held = frame.rings[slot]
        for row in range(op.rows):
            target = newest - op.rows + 1 + row
            one = op.targets + target % op.targets_capacity * 2 * width + width
            for position in range(window):
                source, number = target - op.past + position, row * window + position
                if target < 0 or source < 0 or source > newest:
                    frame.said[first + lane, op.out + number] = _ZERO
                    continue
                hidden = op.hidden + (lane * op.rows * window + number) * op.stride
                other = op.candidates + source % op.candidates_capacity * 2 * width + width
                where = op.positions + position * op.tables_stride
                who = op.speakers + relation(frame.speakers[slot], source, target) * op.tables_stride
                kernels.add_ends(work, hidden, held, one, other, where, who, width)
                logit = inner(work, hidden, frame.parameters, op.weight, op.weight_stride, width)
                frame.said[first + lane, op.out + number] = logit + frame.parameters[at(op.bias)]
