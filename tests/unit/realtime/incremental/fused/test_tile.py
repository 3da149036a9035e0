import numpy as np
import pytest

from realtime.incremental.fused.operation import Code

ROWS = 9
X, OUT, WEIGHT, BIAS = 7, 1000, 11, 9001
MORE = 5  # what a row's place is wider than the row
ROUNDING = float(np.finfo(np.float32).eps)


def multiply(bench, k, columns, rows=ROWS, first=0):
    """Some of the nine rows times a weight matrix; returns all rows of the result, others as they were."""
    x_stride, stride = k + 3, columns + MORE
    bench.do(
        Code.LINEAR,
        x=X + first * x_stride,
        x_stride=x_stride,
        weight=WEIGHT,
        bias=BIAS,
        out=OUT + first * stride,
        stride=stride,
        rows=rows,
        k=k,
        columns=columns,
    )
    return bench.rows(OUT, stride, ROWS, columns)


def parts(bench, k, columns):
    """Nine rows, a weight matrix and a bias, in double precision."""
    x, weight = bench.rows(X, k + 3, ROWS, k), bench.rows(WEIGHT, columns, k, columns, of="parameters")
    return [part.astype(np.float64) for part in (x, weight, bench.parameters[BIAS : BIAS + columns])]


@pytest.mark.parametrize("columns", [16, 48, 64, 80, 192])
def test_rows_times_a_matrix_are_right_for_every_remainder(bench, columns):
    for k in range(1, 41):
        x, weight, bias = parts(bench, k, columns)
        sizes = abs(x) @ abs(weight) + abs(bias)
        for rows in range(1, ROWS + 1):
            bench.rows(OUT, columns + MORE, ROWS, columns)[:] = np.nan
            said = multiply(bench, k, columns, rows)

            assert (abs(said[:rows] - (x @ weight + bias)[:rows]) <= (k + 1) * ROUNDING * sizes[:rows]).all()
            assert np.isnan(said[rows:]).all()


@pytest.mark.parametrize("columns", [16, 48, 64, 80, 192])
def test_a_row_is_the_same_to_the_bit_whatever_rows_are_computed_with_it(bench, columns):
    for k in (1, 2, 15, 16, 40):
        together = multiply(bench, k, columns).copy()
        for first in range(ROWS):
            for rows in range(1, ROWS - first + 1):
                bench.rows(OUT, columns + MORE, ROWS, columns)[:] = np.nan
                said = multiply(bench, k, columns, rows, first)

                assert np.array_equal(said[first : first + rows], together[first : first + rows])


@pytest.mark.parametrize("columns", [16, 80])
def test_nothing_but_the_columns_of_its_rows_is_written(bench, columns):
    before = bench.work.copy()
    multiply(bench, 12, columns, rows=6)
    bench.rows(OUT, columns + MORE, 6, columns)[:] = bench.rows(OUT, columns + MORE, 6, columns) * 0
    changed = np.flatnonzero(bench.work != before)
    inside = [OUT + row * (columns + MORE) + column for row in range(6) for column in range(columns)]

    assert changed.tolist() == inside


def test_a_table_of_parameters_goes_through_the_same_map(bench):
    table, rows, k, columns = 3000, 5, 7, 32
    bench.do(
        Code.TABLE, table=table, width=k, weight=WEIGHT, bias=BIAS, out=OUT, stride=columns, rows=rows, columns=columns
    )
    x = bench.rows(table, k, rows, k, of="parameters").astype(np.float64)
    _, weight, bias = parts(bench, k, columns)

    assert np.allclose(bench.rows(OUT, columns, rows, columns), x @ weight + bias, rtol=0, atol=1e-5)
