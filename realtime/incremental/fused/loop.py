"""The loop that carries out a program: the one function that is compiled."""

import hashlib
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from realtime.incremental.fused import attention
from realtime.incremental.fused import ring_operations as ring
from realtime.incremental.fused import row_operations as row
from realtime.incremental.fused.operation import TILE, Code, Frame, operation


def _compiled(sources: str) -> "numba.core.dispatcher.Dispatcher":
    """The loop, kept compiled beside this file until one of the files it is made of changes.

    Args:
        sources: What these files contain. That it is a free variable makes it a part of the key in numba's cache, which
            otherwise would not notice a change in any file but this one.
    """

    @numba.njit(nogil=True, cache=True)
    def carry_out(operations: NDArray[np.int64], frame: Frame, first: int, end: int) -> str:
        for start in range(first, end, TILE):
            lanes = min(TILE, end - start)
            for number in range(operations.shape[0]):
                _carry_out(operations[number], frame, start, lanes)
        return sources

    return carry_out


@operation
def _carry_out(op: np.record, frame: Frame, first: int, lanes: int) -> None:  # noqa: C901, PLR0912 - one branch per operation
    code = op.code
    if code == Code.LINEAR:
        row.linear(op, frame, lanes)
    elif code == Code.ATTEND:
        attention.attend(op, frame, first, lanes)
    elif code == Code.WRITE:
        ring.write(op, frame, first, lanes)
    elif code == Code.READ:
        ring.read(op, frame, first, lanes)
    elif code == Code.COPY:
        row.copy(op, frame, lanes)
    elif code == Code.NORMALISE:
        row.normalise(op, frame, lanes)
    elif code == Code.JOIN:
        row.join(op, frame, lanes)
    elif code == Code.MIX:
        row.mix(op, frame, lanes)
    elif code == Code.SOFTMAX:
        row.softmax(op, frame, lanes)
    elif code == Code.GRU:
        row.gru(op, frame, lanes)
    elif code == Code.AVERAGE:
        row.average(op, frame, lanes)
    elif code == Code.PRODUCTS:
        ring.products(op, frame, first, lanes)
    elif code == Code.PAIRS:
        ring.pairs(op, frame, first, lanes)
    elif code == Code.TABLE:
        row.table(op, frame)
    elif code == Code.EMIT:
        row.emit(op, frame, first, lanes)
    elif code == Code.OBSERVE:
        row.observe(op, frame, first, lanes)
    elif code == Code.PRESENT:
        ring.present(op, frame, first, lanes)
    elif code == Code.ACROSS:
        attention.across(op, frame, first, lanes)
    elif code == Code.POOL:
        ring.pool(op, frame, first, lanes)


def _sources() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


carry_out = _compiled(_sources())
"""Carry out operations (O,) for the conversations of a step from `first` up to `end`."""
