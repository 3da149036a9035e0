"""Writing a program for the fused step: blocks of rows, and operations that turn one into the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from realtime.incremental.fused.kernels import NONE
from realtime.incremental.fused.operation import OPERATION, TILE, Code
from realtime.incremental.fused.parameters import Packed, padded
from realtime.incremental.state import Ring, Rings


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in the work buffer.

    Attributes:
        start: Place of the first row.
        stride: How far the next row is.
        rows: Rows per conversation.
        width: Features of a row; up to the next multiple of a vector there may be anything.
    """

    start: int
    stride: int
    rows: int
    width: int

    def columns(self, first: int, width: int) -> "Block":
        """Some columns of all rows."""
        return replace(self, start=self.start + first, width=width)

    def every(self, step: int, first: int) -> "Block":
        """Each conversation's row `first`, where it has `step` rows."""
        return Block(self.start + first * self.stride, step * self.stride, 1, self.width)


class Program:
    """A list of operations under construction.

    Args:
        parameters: Where the network's parameters are.
        rings: Where in a slot the rings are.

    Attributes:
        work: Places that the work buffer must have.
        said: Numbers that the program says per conversation.
    """

    def __init__(self, parameters: Packed, rings: Rings) -> None:
        self._parameters = parameters
        self._rings = rings
        self._operations: list[NDArray[np.void]] = []
        self._free = 0
        self.work = 0
        self.said = 0

    def operations(self) -> NDArray[np.void]:
        """The program so far, (O,) of `OPERATION`."""
        return np.array(self._operations, dtype=OPERATION)

    def add(self, code: Code, **fields: int) -> None:
        """Append an operation; what it does not name is 0."""
        operation = np.zeros((), dtype=OPERATION)
        for name, value in {"code": int(code), **fields}.items():
            operation[name] = value
        self._operations.append(operation)

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """Blocks made within are given up at its end, for others to lie there: what is hot stays in a core's cache."""
        free = self._free
        yield
        self._free = free

    def block(self, rows: int, width: int) -> Block:
        """New rows for every conversation of a tile."""
        return self._room(rows, width, conversations=TILE)

    def row(self, width: int) -> Block:
        """A single row that no conversation keeps: room for an operation's own use."""
        return self._room(1, width, conversations=1)

    def ring(self, name: str) -> Ring:
        """Where a ring is."""
        return self._rings[name]

    def place(self, parameter: Tensor | None) -> int:
        """Where a parameter is."""
        return self._parameters.start(parameter)

    def linear(self, x: Block, linear: nn.Linear, out: Block | None = None, what: int = NONE) -> Block:
        """Rows through a linear map, and through what is applied to it."""
        return self.matrix(x, linear.weight, linear.bias, out, what)

    def matrix(
        self, x: Block, weight: Tensor, bias: Tensor | None, out: Block | None = None, what: int = NONE, skip: int = 0
    ) -> Block:
        """Rows times a weight matrix.

        Args:
            x: The rows.
            weight: (N, K) or more columns than K, of which `skip` are left out before those that `x` meets.
            bias: (N,), or None.
            out: Where to; a new block if not given. A vector's worth of columns beyond N may be overwritten.
            what: Applied to the result.
            skip: Columns of the weight left out.
        """
        width = weight.shape[0]
        out = out or self.block(x.rows, width)
        self.add(
            Code.LINEAR,
            x=x.start,
            x_stride=x.stride,
            weight=self.place(weight) + skip * padded(width),
            bias=self.place(bias),
            out=out.start,
            stride=out.stride,
            rows=x.rows,
            k=x.width,
            columns=padded(width),
            what=what,
        )
        return replace(out, width=width)

    def table(self, table: Tensor, weight: Tensor, skip: int) -> Block:
        """The rows of a parameter (E, K) times columns of a weight matrix, the same for all conversations."""
        (rows, k), width = table.shape, weight.shape[0]
        out = self._room(rows, width, conversations=1)
        self.add(
            Code.TABLE,
            table=self.place(table),
            width=k,
            weight=self.place(weight) + skip * padded(width),
            bias=self.place(None),
            out=out.start,
            stride=out.stride,
            rows=rows,
            columns=padded(width),
        )
        return out

    def copy(self, x: Block, out: Block) -> Block:
        """The same rows elsewhere."""
        self.add(
            Code.COPY,
            x=x.start,
            x_stride=x.stride,
            out=out.start,
            stride=out.stride,
            rows=x.rows,
            width=x.width,
        )
        return out

    def normalise(
        self, x: Block, norm: nn.LayerNorm, beside: Block | None = None, out: Block | None = None, what: int = NONE
    ) -> Block:
        """Layer normalisation of rows, or of their sum with others; to a new block if none is given."""
        out = out or self.block(x.rows, x.width)
        self.add(
            Code.NORMALISE,
            x=x.start,
            x_stride=x.stride,
            beside=beside.start if beside else -1,
            beside_stride=beside.stride if beside else 0,
            out=out.start,
            stride=out.stride,
            rows=x.rows,
            width=x.width,
            scale=self.place(norm.weight),
            shift=self.place(norm.bias),
            what=what,
        )
        return out

    def softmax(self, x: Block, out: Block) -> Block:
        """Shares of the scores in each row."""
        self.add(
            Code.SOFTMAX, x=x.start, x_stride=x.stride, out=out.start, stride=out.stride, rows=x.rows, size=x.width
        )
        return out

    def write(self, name: str, x: Block, column: int = 0, modalities: int = 1, step: int = 0) -> None:
        """Put rows of the last utterances into a ring.

        Args:
            name: The ring.
            x: The rows: those of an utterance's modalities side by side.
            column: Where in the ring's row they belong.
            modalities: How many rows an utterance has.
            step: How far apart in the ring's row the modalities are.
        """
        self._move(Code.WRITE, self.ring(name), column, step, x, x.rows // modalities, modalities)

    def read(self, name: str, out: Block, column: int = 0, modalities: int = 1, step: int = 0) -> Block:
        """Rows of the last utterances from a ring; arguments as in `write`."""
        self._move(Code.READ, self.ring(name), column, step, out, out.rows // modalities, modalities)
        return out

    def emit(self, x: Block) -> int:
        """Say rows as they are. Returns where in what is said they begin."""
        start = self.say(x.rows * x.width)
        self.add(Code.EMIT, x=x.start, stride=x.stride, rows=x.rows, width=x.width, out=start)
        return start

    def say(self, numbers: int) -> int:
        """Room in what is said; returns where it begins."""
        start, self.said = self.said, self.said + numbers
        return start

    def _move(self, code: Code, ring: Ring, column: int, step: int, block: Block, rows: int, modalities: int) -> None:
        rows_in = {"x": block.start, "x_stride": block.stride}
        rows_out = {"out": block.start, "stride": block.stride}
        self.add(
            code,
            ring=ring.start,
            capacity=ring.capacity,
            ring_width=ring.width,
            column=column,
            step=step,
            rows=rows,
            modalities=modalities,
            width=block.width,
            **(rows_in if code is Code.WRITE else rows_out),
        )

    def _room(self, rows: int, width: int, conversations: int) -> Block:
        block = Block(self._free, padded(width), rows, width)
        self._free += conversations * rows * block.stride
        self.work = max(self.work, self._free)
        return block
