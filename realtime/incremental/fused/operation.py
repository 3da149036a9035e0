"""What a program of the fused step is made of: operations, and the frame of buffers that they work in.

An operation is a record of integers: its code, and what its function names. Places are indices into flat buffers; a
block of rows is a start and a stride. `program.Program` writes such records.
"""

from enum import IntEnum, auto
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from realtime.incremental.fused.kernels import Floats, Ints

TILE = 32
"""Conversations that are computed together; what one reads and writes then stays in a core's own cache."""
FIELDS = tuple(
    """
    code centre ahead beside beside_stride bias candidates candidates_capacity capacity column columns experts gates
    gates_step gates_stride heads hidden in_stride k kept key keys kinds messages modalities modality nodes
    one other other_first out out_stride own own_first past positions present present_capacity query
    query_stride reached reached_stride read ring ring_width rows scale scores scores_stride shares shift size
    speakers state state_stride step stride table tables_stride targets targets_capacity value values weight
    weight_stride what width x x_stride
    """.split()  # noqa: SIM905 - as a list they would fill a page
)
"""What an operation can name; each names a few of them."""
OPERATION = np.dtype([(name, np.int64) for name in FIELDS])

operation = numba.njit(  # type: ignore[call-overload]  # numba's types leave the last two out
    nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""Marks the function of an operation. Only compiled code can call it: a call from Python would end the process. A way
in from Python for each of them would make compiling take half as long again."""


class Code(IntEnum):
    """What an operation does."""

    OBSERVE = 0
    LINEAR = auto()
    TABLE = auto()
    COPY = auto()
    AVERAGE = auto()
    NORMALISE = auto()
    SOFTMAX = auto()
    PRESENT = auto()
    WRITE = auto()
    READ = auto()
    ATTEND = auto()
    ACROSS = auto()
    JOIN = auto()
    MIX = auto()
    POOL = auto()
    GRU = auto()
    PRODUCTS = auto()
    PAIRS = auto()
    EMIT = auto()


class Frame(NamedTuple):
    """Everything a step reads and writes.

    Attributes:
        parameters: (P,) the network's.
        rings: (S, F) what is remembered, as `realtime.incremental.state.State` lays it out.
        speakers: (S, U) who spoke, likewise.
        slots: (B,) where each conversation of the step is.
        newest: (B,) number of its new utterance.
        features: (B, sum of F_m) what was observed, the modalities side by side; anything where one is absent.
        present: (B, M) 1 where an utterance has a modality, else 0.
        work: (W,) what operations hand on to one another; anything.
        said: (B, O) what the step says.
    """

    parameters: Floats
    rings: NDArray[np.float32]
    speakers: NDArray[np.int64]
    slots: Ints
    newest: Ints
    features: NDArray[np.float32]
    present: NDArray[np.float32]
    work: Floats
    said: NDArray[np.float32]
