"""The loop that carries out a program: the one function that is compiled."""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from model import graph
from model.layers import attention as formula
from realtime.incremental import state
from realtime.incremental.fused import attention
from realtime.incremental.fused import ring_operations as ring
from realtime.incremental.fused import row_operations as row
from realtime.incremental.fused.operation import TILE, Code, Frame

_LOG = logging.getLogger(__name__)

SOURCES = (
    *sorted(Path(__file__).parent.glob("*.py")),
    Path(graph.__file__),
    Path(formula.__file__),
    Path(state.__file__),
)
"""The files that the loop is made of: this package, and those whose constants it compiles in."""


def digest(files: Iterable[Path]) -> str:
    """A hash of what files contain."""
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def _compiled(sources: str) -> "numba.core.dispatcher.Dispatcher":
    """The loop, kept compiled beside this file until one of the files it is made of changes.

    Where nothing can be kept, it is compiled anew by every process.

    Args:
        sources: What these files contain. That it is a free variable makes it a part of the key in numba's cache, which
            otherwise would not notice a change in any file but this one.
    """

    def carry_out(operations: NDArray[np.int64], frame: Frame, first: int, end: int) -> str:
        for start in range(first, end, TILE):
            lanes = min(TILE, end - start)
            for number in range(operations.shape[0]):
                _carry_out(operations[number], frame, start, lanes)
        return sources

    try:
        kept = numba.njit(nogil=True, cache=True)(carry_out)
    except RuntimeError as error:  # numba found no folder that it can write to
        _LOG.warning(
            "the step is compiled anew at every start, which takes ten seconds or more: neither %s nor numba's folder "
            "in the user's cache can be written to. To keep it, let NUMBA_CACHE_DIR name a folder that can be (%s)",
            Path(__file__).parent / "__pycache__",
            error,
        )
        return numba.njit(nogil=True)(carry_out)
    if not any(Path(str(kept.stats.cache_path)).glob("loop.*.nbi")):
        _LOG.warning("the step is compiled for this processor, once: that takes ten seconds or more")
    return kept


@numba.njit(inline="always")  # into its one caller, or all operations would be optimised once more by themselves
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


carry_out = _compiled(digest(SOURCES))
"""Carry out operations (O,) for the conversations of a step from `first` up to `end`."""
