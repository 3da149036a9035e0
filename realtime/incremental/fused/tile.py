"""Rows times a weight matrix: the one kernel in which most of a step's time is spent.

An inner product is never split nor reordered: whatever rows are computed together, a row's result is the same to the
bit. Weights lie input-major, (K, N), and N is a multiple of `COLUMNS`: so sums run down columns of whole vectors, and a
matrix that is met by a single row is read in the order in which it lies.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.base import BaseContext
from numba.core.typing.templates import Signature
from numpy.typing import NDArray

from realtime.incremental.fused.vectors import (
    ADDRESS,
    INT,
    LANES,
    Intrinsic,
    address,
    load,
    loop,
    multiply_add,
    spread,
    store,
    written,
)

COLUMNS = LANES
"""Columns of a weight matrix are padded to a multiple of this."""
_ROWS = 4
_VECTORS = 4  # 4 x 4 sums, 4 weights and a factor fit the 32 registers of AVX-512, and spill little elsewhere
_WIDE = _VECTORS * COLUMNS
_LINE_VECTORS = 12  # for a single row as many sums as registers hold: a matrix is then read line by line, as it lies
_LINE = _LINE_VECTORS * COLUMNS


def _product(rows: int, vectors: int) -> Callable[..., Any]:
    """A function that computes `rows` rows and `vectors` vectors of columns, holding all sums in registers.

    It takes the rows and how far apart they are, the weights and how many columns they have, the bias, where the result
    belongs and how far apart its rows are, and K.
    """

    def generate(context: BaseContext, build: ir.IRBuilder, _: Signature, arguments: Sequence[ir.Value]) -> ir.Value:
        x, x_stride, weight, columns, bias, out, out_stride, size = arguments
        places = [INT(vector * LANES) for vector in range(vectors)]

        def body(k: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
            line = build.gep(weight, [build.mul(k, columns)])
            weights = [load(build, build.gep(line, [place])) for place in places]
            factors = [build.load(build.gep(x, [build.add(build.mul(INT(row), x_stride), k)])) for row in range(rows)]
            return [
                multiply_add(build, spread(build, factors[number // vectors]), weights[number % vectors], added)
                for number, added in enumerate(sums)
            ]

        starts = [load(build, build.gep(bias, [place])) for place in places] * rows
        for number, total in enumerate(loop(build, size, INT(1), starts, body)):
            row = build.mul(INT(number // vectors), out_stride)
            store(build, total, build.gep(out, [build.add(row, places[number % vectors])]))
        return context.get_dummy_value()

    @written
    def product(
        _: types.Type,
        x: types.Type,
        x_stride: types.Type,
        weight: types.Type,
        columns: types.Type,
        bias: types.Type,
        out: types.Type,
        stride: types.Type,
        k: types.Type,
    ) -> Intrinsic:
        size, place = types.intp, ADDRESS
        return types.void(place, size, place, size, place, place, size, size), generate

    return product


_many_wide, _many_narrow = _product(_ROWS, _VECTORS), _product(_ROWS, 1)
_one_line, _one_wide, _one_narrow = (_product(1, vectors) for vectors in (_LINE_VECTORS, _VECTORS, 1))


@numba.njit(nogil=True)
def linear(
    x: NDArray[np.float32],
    x_start: int,
    x_stride: int,
    weights: NDArray[np.float32],
    weight: int,
    bias: int,
    out: NDArray[np.float32],
    out_start: int,
    out_stride: int,
    rows: int,
    k: int,
    columns: int,
) -> None:
    """Rows (rows, k) of `x` times a weight (k, columns) plus a bias, to rows (rows, columns) of `out`.

    All arrays are flat; `…_start` is the place of the first row and `…_stride` how far the next one is. `columns` is a
    multiple of `COLUMNS`, k at least 1. Nothing is checked.
    """
    column = 0
    while column < columns:
        left = columns - column
        line, wide = rows < _ROWS and left >= _LINE, left >= _WIDE
        w, b, row = address(weights, weight + column), address(weights, bias + column), 0
        while row < rows:
            source = address(x, x_start + row * x_stride)
            target = address(out, out_start + row * out_stride + column)
            if rows - row >= _ROWS:
                if wide:
                    _many_wide(source, x_stride, w, columns, b, target, out_stride, k)
                else:
                    _many_narrow(source, x_stride, w, columns, b, target, out_stride, k)
                row += _ROWS
            else:
                if line:
                    _one_line(source, x_stride, w, columns, b, target, out_stride, k)
                elif wide:
                    _one_wide(source, x_stride, w, columns, b, target, out_stride, k)
                else:
                    _one_narrow(source, x_stride, w, columns, b, target, out_stride, k)
                row += 1
        if line:
            column += _LINE
        else:
            column += _WIDE if wide else COLUMNS
