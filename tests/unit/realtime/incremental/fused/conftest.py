"""Single operations of the fused step, carried out by the loop that carries out programs."""

import numpy as np
import pytest

from realtime.incremental.fused.loop import carry_out
from realtime.incremental.fused.operation import OPERATION, Frame

PLACES = 20_000
SLOTS, HELD, OBSERVED, SAID = 3, 200, 12, 40


class Bench:
    """A frame of random numbers for three conversations of which none has begun, and operations on it."""

    def __init__(self, seed=0):
        self.random = np.random.default_rng(seed)
        self.parameters = self.normal(PLACES)
        self.work = self.normal(PLACES)
        self.rings = self.normal(SLOTS, HELD)
        self.speakers = np.zeros((SLOTS, 8), np.int64)
        self.slots = np.arange(SLOTS)
        self.newest = np.full(SLOTS, -1)
        self.features = self.normal(SLOTS, OBSERVED)
        self.present = np.ones((SLOTS, 3), np.float32)
        self.said = np.zeros((SLOTS, SAID), np.float32)

    def normal(self, *shape):
        return self.random.standard_normal(shape).astype(np.float32)

    def do(self, code, lanes=1, **fields):
        """Carry out one operation for the first conversations, so many."""
        operation = np.zeros(1, OPERATION)
        for name, value in {"code": int(code), **fields}.items():
            operation[name] = value
        carry_out(operation, Frame(**{name: getattr(self, name) for name in Frame._fields}), 0, lanes)

    def rows(self, start, stride, rows, width, of="work"):
        """Rows (rows, width) in a buffer, to be read and to be written."""
        buffer = getattr(self, of)
        assert 0 <= start <= start + (rows - 1) * stride + width <= buffer.size
        size = buffer.itemsize
        return np.lib.stride_tricks.as_strided(buffer[start:], (rows, width), (stride * size, size))


@pytest.fixture
def bench():
    return Bench()
