"""Operations on rows against the same in torch, in double precision."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from realtime.incremental.fused.kernels import GELU, NONE, RELU, TANH
from realtime.incremental.fused.operation import Code

LANES, ROWS = 3, 2
ALL = LANES * ROWS
X, Y, Z, SHARES, OUT = 5, 2000, 4000, 6000, 8000


def doubles(rows):
    return torch.from_numpy(rows.copy()).double()


def assert_close(ours, theirs, margin=2e-6):
    assert np.abs(ours - theirs.numpy()).max() <= margin * max(1.0, float(theirs.abs().max()))


@pytest.mark.parametrize(
    "what, function",
    [(NONE, lambda x: x), (RELU, F.relu), (GELU, F.gelu), (TANH, torch.tanh)],
    ids=["none", "relu", "gelu", "tanh"],
)
@pytest.mark.parametrize("width", [8, 20, 48])
def test_rows_are_normalised_and_activated(bench, width, what, function):
    fields = {"x": X, "x_stride": 60, "out": OUT, "stride": 50, "rows": ROWS, "width": width, "scale": 3, "shift": 99}
    x, y = doubles(bench.rows(X, 60, ALL, width)), doubles(bench.rows(Y, 70, ALL, width))
    scale, shift = (doubles(bench.parameters[start : start + width]) for start in (3, 99))
    for beside, rows in ((-1, x), (Y, x + y)):
        bench.do(Code.NORMALISE, LANES, **fields, beside=beside, beside_stride=70, what=what)

        assert_close(bench.rows(OUT, 50, ALL, width), function(F.layer_norm(rows, (width,), scale, shift)))


def test_rows_of_equal_and_of_large_numbers_are_normalised(bench):
    bench.rows(X, 16, 1, 16)[:] = 3
    bench.rows(X + 16, 16, 1, 16)[:] += 1000
    exact = F.layer_norm(doubles(bench.rows(X, 16, 2, 16)), (16,))
    bench.parameters[:16], bench.parameters[16:32] = 1, 0
    bench.do(Code.NORMALISE, x=X, x_stride=16, beside=-1, out=OUT, stride=16, rows=2, width=16, scale=0, shift=16)

    assert_close(bench.rows(OUT, 16, 2, 16), exact, margin=1e-4)


@pytest.mark.parametrize("size", [1, 2, 7, 16, 33])
def test_shares_are_the_softmax_of_scores_however_large(bench, size):
    scores = bench.rows(X, 40, ALL, size)
    scores *= np.array([[1], [10], [1000], [1e30], [-1e30], [0]], np.float32)
    exact = doubles(scores).softmax(-1)
    bench.do(Code.SOFTMAX, LANES, x=X, x_stride=40, out=OUT, stride=35, rows=ROWS, size=size)

    assert_close(bench.rows(OUT, 35, ALL, size), exact, margin=1e-6)


@pytest.mark.parametrize("width", [4, 16, 20])
def test_a_gru_after_its_linear_maps_is_torchs(bench, width):
    torch.manual_seed(0)
    cell = torch.nn.GRUCell(width, width, dtype=torch.float64)
    x, state = torch.randn(2, ALL, width, dtype=torch.float64)
    stride = 3 * width + 2
    bench.rows(X, stride, ALL, 3 * width)[:] = F.linear(x, cell.weight_ih, cell.bias_ih).detach()
    bench.rows(Y, stride, ALL, 3 * width)[:] = F.linear(state, cell.weight_hh, cell.bias_hh).detach()
    bench.rows(Z, 24, ALL, width)[:] = state
    fields = {"read": X, "kept": Y, "gates_stride": stride, "state": Z, "state_stride": 24, "out": OUT, "stride": 25}
    bench.do(Code.GRU, LANES, **fields, rows=ROWS, width=width)

    assert_close(bench.rows(OUT, 25, ALL, width), cell(x, state).detach(), margin=1e-6)


def test_messages_are_joined_per_head_by_the_gates_of_the_kinds_that_reach_something(bench):
    kinds, heads, size = 3, 2, 10
    width, step = heads * size, 24
    reached = bench.rows(Z, 4, ALL, kinds)
    reached[:] = bench.random.random((ALL, kinds)) < 0.5
    reached[0], reached[1] = 0, 1
    there = torch.from_numpy(reached.copy()) > 0
    there[0, 0] = True  # where nothing reaches anything, the first kind counts
    gates = torch.stack([doubles(bench.rows(Y + 16 * kind, 50, ALL, heads)) for kind in range(kinds)], 1)  # (N, K, H)
    messages = torch.stack([doubles(bench.rows(X + step * kind, 80, ALL, width)) for kind in range(kinds)], 1)
    shares = gates.masked_fill(~there.unsqueeze(-1), -torch.inf).softmax(1)
    exact = (shares.unsqueeze(-1) * messages.unflatten(-1, (heads, size))).sum(1).flatten(1)
    where = {"messages": X, "step": step, "stride": 80, "gates": Y, "gates_step": 16, "gates_stride": 50}
    where |= {"reached": Z, "reached_stride": 4, "out": OUT, "out_stride": 21, "shares": SHARES}
    bench.do(Code.JOIN, LANES, **where, rows=ROWS, kinds=kinds, width=width, heads=heads)

    assert_close(bench.rows(OUT, 21, ALL, width), exact)


@pytest.mark.parametrize("other", [0, 3])
def test_experts_are_mixed_by_the_softmax_of_a_gate(bench, other):
    own, width, step = 2, 20, 32
    gates = doubles(bench.rows(Y, 16, ALL, own + other))
    runs = [*range(1, 1 + own), *range(4, 4 + other)]
    experts = torch.stack([doubles(bench.rows(X + step * expert, 250, ALL, width)) for expert in runs], 1)
    where = {"experts": X, "step": step, "stride": 250, "gates": Y, "gates_stride": 16, "out": OUT, "out_stride": 30}
    bench.do(Code.MIX, LANES, **where, rows=ROWS, width=width, own=own, own_first=1, other=other, other_first=4)

    assert_close(bench.rows(OUT, 30, ALL, width), (gates.softmax(-1).unsqueeze(-1) * experts).sum(1))


def test_nodes_are_pooled_over_the_modalities_an_utterance_has_and_over_all_before_the_first(bench):
    modalities, width, ring, capacity = 3, 20, 10, 4
    bench.newest[:] = [0, 5, 7]
    held = bench.rings[:, ring : ring + capacity * modalities].reshape(LANES, capacity, modalities)
    held[:] = bench.random.random(held.shape) < 0.5
    bench.rings[:, ring : ring + capacity * modalities] = held.reshape(LANES, -1)
    numbers = bench.newest[:, None] - 1 + np.arange(ROWS)  # (B, R)
    there = torch.from_numpy(held[np.arange(LANES)[:, None], numbers % capacity]) > 0
    there[torch.from_numpy(numbers < 0)] = True
    there |= ~there.any(-1, keepdim=True)
    scores = doubles(bench.rows(Y, 16, ALL * modalities, 1)).view(LANES, ROWS, modalities)
    nodes = doubles(bench.rows(X, 32, ALL * modalities, width)).view(LANES, ROWS, modalities, width)
    exact = (scores.masked_fill(~there, -torch.inf).softmax(-1).unsqueeze(-1) * nodes).sum(2).flatten(0, 1)
    where = {"nodes": X, "stride": 32, "scores": Y, "scores_stride": 16, "out": OUT, "out_stride": 40}
    where |= {"present": ring, "capacity": capacity, "shares": SHARES}
    bench.do(Code.POOL, LANES, **where, rows=ROWS, modalities=modalities, width=width)

    assert_close(bench.rows(OUT, 40, ALL, width), exact)


def test_a_mean_of_two_rows_and_a_row_elsewhere(bench):
    one, other = doubles(bench.rows(X, 30, ALL, 20)), doubles(bench.rows(Y, 30, ALL, 20))
    bench.do(Code.AVERAGE, LANES, one=X, other=Y, out=OUT, stride=30, rows=ROWS, width=20)
    bench.do(Code.COPY, LANES, x=X, x_stride=30, out=Z, stride=25, rows=ROWS, width=20)

    assert_close(bench.rows(OUT, 30, ALL, 20), (one + other) / 2)
    assert np.array_equal(bench.rows(Z, 25, ALL, 20), one)


def test_what_is_observed_is_normalised_and_what_is_absent_counts_as_zeros(bench):
    bench.present[1, 2] = 0
    bench.parameters[50:60] = abs(bench.parameters[50:60]) + 0.5
    seen = bench.features[:, 4:9] * np.array([[1], [0], [1]])
    fields = {"out": OUT, "stride": 16, "width": 5, "column": 4, "modality": 2}
    bench.do(Code.OBSERVE, LANES, **fields, centre=-1, scale=-1)

    assert np.array_equal(bench.rows(OUT, 16, LANES, 5), seen)

    bench.do(Code.OBSERVE, LANES, **fields, centre=40, scale=50)

    assert_close(
        bench.rows(OUT, 16, LANES, 5), torch.from_numpy((seen - bench.parameters[40:45]) / bench.parameters[50:55])
    )


def test_a_ring_gives_back_the_last_rows_in_order_and_zeros_for_those_before_the_first(bench):
    modalities, width, capacity, ring_width = 2, 3, 4, 9
    ring = {"ring": 20, "capacity": capacity, "ring_width": ring_width, "column": 1, "step": 4}
    ring |= {"modalities": modalities, "width": width}
    bench.slots[:] = [2, 0, 1]
    bench.newest[:] = [-1, 1, 9]
    said = [[np.zeros((modalities, width), np.float32)] * capacity for _ in range(LANES)]
    for _ in range(6):
        bench.newest += 1
        rows = bench.normal(LANES * modalities, width)
        bench.rows(X, 16, LANES * modalities, width)[:] = rows
        for lane, news in enumerate(rows.reshape(LANES, modalities, width)):
            said[lane] = [*said[lane][1:], news]
        before = bench.rings.copy()
        bench.do(Code.WRITE, LANES, **ring, x=X, x_stride=16, rows=1)
        assert (bench.rings != before).sum() == rows.size
        if bench.newest[0] >= capacity - 1:
            bench.do(Code.READ, LANES, **ring, out=OUT, stride=16, rows=capacity)
            held = bench.rows(OUT, 16, LANES * capacity * modalities, width)
            assert np.array_equal(held, np.array(said).reshape(-1, width))
    bench.newest[:] = 1
    bench.do(Code.READ, LANES, **ring, out=OUT, stride=16, rows=capacity)

    held = bench.rows(OUT, 16, LANES * capacity * modalities, width).reshape(LANES, capacity, -1)
    assert not held[:, :2].any()
    assert held[:, 2:].all()


def test_what_is_said_is_rows_side_by_side(bench):
    bench.do(Code.EMIT, LANES, x=X, stride=16, rows=ROWS, width=7, out=4)

    assert np.array_equal(bench.said[:, 4 : 4 + ROWS * 7], bench.rows(X, 16, ALL, 7).reshape(LANES, -1))
    assert not bench.said[:, :4].any()
    assert not bench.said[:, 4 + ROWS * 7 :].any()
