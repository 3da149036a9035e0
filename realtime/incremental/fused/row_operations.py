"""Operations on rows of the work buffer, each row by itself."""

import numpy as np

from realtime.incremental.fused import kernels
from realtime.incremental.fused.kernels import NONE, activate, add_share_of, at, clear, move
from realtime.incremental.fused.operation import Frame, operation
from realtime.incremental.fused.tile import linear as multiply

_LOWEST, _ZERO, _ONE = np.float32(-3.4e38), np.float32(0), np.float32(1)


@operation
def observe(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Features of one modality, normalised where they come as they were measured; zeros where it is absent."""
    for lane in range(lanes):
        row, there = op.out + lane * op.stride, frame.present[first + lane, op.modality] > _ZERO
        if there:
            move(frame.features[first + lane], op.column, frame.work, row, op.width)
        else:
            clear(frame.work, row, op.width)
        if op.centre >= 0:
            kernels.centre(frame.work, row, frame.parameters, op.centre, op.scale, op.width)


@operation
def linear(op: np.record, frame: Frame, lanes: int) -> None:
    """A linear map of rows, and what is applied to it."""
    work, rows = frame.work, lanes * op.rows
    x, x_stride, out, stride = op.x, op.x_stride, op.out, op.stride
    multiply(work, x, x_stride, frame.parameters, op.weight, op.bias, work, out, stride, rows, op.k, op.columns)
    if op.what != NONE:
        for row in range(rows):
            activate(work, out + row * stride, op.columns, op.what)


@operation
def table(op: np.record, frame: Frame) -> None:
    """A linear map of a table of parameters: the same rows for all conversations."""
    values, width, bias, rows, columns = frame.parameters, op.width, op.bias, op.rows, op.columns
    multiply(values, op.table, width, values, op.weight, bias, frame.work, op.out, op.stride, rows, width, columns)


@operation
def copy(op: np.record, frame: Frame, lanes: int) -> None:
    """The same rows elsewhere."""
    for row in range(lanes * op.rows):
        move(frame.work, op.x + row * op.x_stride, frame.work, op.out + row * op.stride, op.width)


@operation
def average(op: np.record, frame: Frame, lanes: int) -> None:
    """The mean of two rows."""
    for row in range(lanes * op.rows):
        shift = row * op.stride
        kernels.average(frame.work, op.one + shift, op.other + shift, op.out + shift, op.width)


@operation
def normalise(op: np.record, frame: Frame, lanes: int) -> None:
    """Layer normalisation of rows, of others added to them unless `beside` is negative, and what is applied to it."""
    for row in range(lanes * op.rows):
        x, out = op.x + row * op.x_stride, op.out + row * op.stride
        beside = op.beside + row * op.beside_stride if op.beside >= 0 else -1
        kernels.normalise(frame.work, x, beside, out, op.width, frame.parameters, op.scale, op.shift)
        if op.what != NONE:
            activate(frame.work, out, op.width, op.what)


@operation
def softmax(op: np.record, frame: Frame, lanes: int) -> None:
    """Shares of the scores in each row."""
    for row in range(lanes * op.rows):
        kernels.softmax(frame.work, op.x + row * op.x_stride, op.out + row * op.stride, op.size)


@operation
def join(op: np.record, frame: Frame, lanes: int) -> None:
    """Messages of K kinds joined by a gate per head; kinds that reach nothing are left out, but one if none does."""
    work, size = frame.work, op.width // op.heads
    for row in range(lanes * op.rows):
        reached, out = op.reached + row * op.reached_stride, op.out + row * op.out_stride
        _let_one_in(work, reached, op.kinds)
        clear(work, out, op.width)
        for head in range(op.heads):
            for kind in range(op.kinds):
                gate = work[at(op.gates + row * op.gates_stride + kind * op.gates_step + head)]
                work[at(op.shares + kind)] = gate if work[at(reached + kind)] > _ZERO else _LOWEST
            kernels.softmax(work, op.shares, op.shares, op.kinds)
            for kind in range(op.kinds):
                message = op.messages + row * op.stride + kind * op.step + head * size
                add_share_of(work, out + head * size, work, message, work[at(op.shares + kind)], size)


@operation
def _let_one_in(work: kernels.Floats, reached: int, kinds: int) -> None:
    """Where no kind reaches anything, say that the first does."""
    for kind in range(kinds):
        if work[at(reached + kind)] > _ZERO:
            return
    work[at(reached)] = _ONE


@operation
def mix(op: np.record, frame: Frame, lanes: int) -> None:
    """Two runs of experts mixed by the softmax of a gate: `own` ones from `own_first` on, then `other` ones."""
    work = frame.work
    for row in range(lanes * op.rows):
        shares, out = op.gates + row * op.gates_stride, op.out + row * op.out_stride
        kernels.softmax(work, shares, shares, op.own + op.other)
        clear(work, out, op.width)
        for number in range(op.own + op.other):
            expert = op.own_first + number if number < op.own else op.other_first + number - op.own
            said = op.experts + row * op.stride + expert * op.step
            add_share_of(work, out, work, said, work[at(shares + number)], op.width)


@operation
def gru(op: np.record, frame: Frame, lanes: int) -> None:
    """A GRU cell after its two linear maps."""
    for row in range(lanes * op.rows):
        read, kept = op.read + row * op.gates_stride, op.kept + row * op.gates_stride
        kernels.gru(frame.work, read, kept, op.state + row * op.state_stride, op.out + row * op.stride, op.width)


@operation
def emit(op: np.record, frame: Frame, first: int, lanes: int) -> None:
    """Rows as they are into what the step says."""
    for lane in range(lanes):
        for row in range(op.rows):
            source = op.x + (lane * op.rows + row) * op.stride
            move(frame.work, source, frame.said[first + lane], op.out + row * op.width, op.width)
