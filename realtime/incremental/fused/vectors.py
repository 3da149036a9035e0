"""Loops over whole vectors where a compiler would not find them: sums and shares over the few features of a head.

They are written in the compiler's own language, since its vectorizer leaves the last features of so short a row to
single steps. Addresses are of float32; nothing is checked.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.base import BaseContext
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from model.layers.attention import SLOPE

LANES = 16
"""Numbers of a vector: one of AVX-512, and two or four where vectors are shorter."""

FLOAT = ir.FloatType()
INT = ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, LANES)
ADDRESS = types.CPointer(types.float32)
Intrinsic: TypeAlias = tuple[Signature, Callable[..., ir.Value]]
"""What numba asks of a function that writes code: its types, and how to write it."""


def written(function: Callable[..., Intrinsic]) -> Callable[..., Any]:
    """Marks a function that writes code for numba: called in compiled code, with what its parameters name."""
    marked: Callable[..., Any] = intrinsic(function)
    return marked


@written
def address(_: types.Type, array: types.Type, index: types.Type) -> Intrinsic:
    """Where an array's element lies."""

    def generate(
        context: BaseContext, build: ir.IRBuilder, signature: Signature, arguments: Sequence[ir.Value]
    ) -> ir.Value:
        view = cgutils.create_struct_proxy(signature.args[0])(context, build, arguments[0])
        return build.gep(view.data, [arguments[1]])

    return ADDRESS(array, index), generate


@written
def weighed(
    _: types.Type,
    query: types.Type,
    key: types.Type,
    edge: types.Type,
    position: types.Type,
    weight: types.Type,
    vectors: types.Type,
) -> Intrinsic:
    """The sum of a . LeakyReLU(q + k + u + w) over so many vectors of features; at least one."""

    def generate(_: BaseContext, build: ir.IRBuilder, __: Signature, arguments: Sequence[ir.Value]) -> ir.Value:
        *parts, weights, count = arguments

        def body(place: ir.Value, sums: Sequence[ir.Value]) -> Sequence[ir.Value]:
            first, *others = (load(build, build.gep(part, [place])) for part in parts)
            joint = first
            for other in others:
                joint = build.fadd(joint, other)
            sloped = build.fmul(joint, constant(SLOPE))
            steep = build.select(build.fcmp_ordered(">", joint, sloped), joint, sloped)
            return [multiply_add(build, steep, load(build, build.gep(weights, [place])), sums[0])]

        (total,) = over_vectors(build, count, [constant(0.0)], body)
        return _sum(build, total)

    return types.float32(*[ADDRESS] * 5, types.intp), generate


@written
def add_share(
    _: types.Type, out: types.Type, value: types.Type, edge: types.Type, share: types.Type, vectors: types.Type
) -> Intrinsic:
    """Add to a row a share of the sum of two, over so many vectors of features; at least one."""

    def generate(context: BaseContext, build: ir.IRBuilder, _: Signature, arguments: Sequence[ir.Value]) -> ir.Value:
        out, value, edge, share, count = arguments
        factor = spread(build, share)

        def body(place: ir.Value, _: Sequence[ir.Value]) -> Sequence[ir.Value]:
            target = build.gep(out, [place])
            read = build.fadd(load(build, build.gep(value, [place])), load(build, build.gep(edge, [place])))
            store(build, multiply_add(build, factor, read, load(build, target)), target)
            return []

        over_vectors(build, count, [], body)
        return context.get_dummy_value()

    return types.void(*[ADDRESS] * 3, types.float32, types.intp), generate


def over_vectors(
    build: ir.IRBuilder,
    count: ir.Value,
    starts: Sequence[ir.Value],
    body: Callable[[ir.Value, Sequence[ir.Value]], Sequence[ir.Value]],
) -> list[ir.Value]:
    """Write a loop over places 0, `LANES`, …; `body` turns what one turn carries into what the next one does."""
    return loop(build, build.mul(count, INT(LANES)), INT(LANES), starts, body)


def loop(
    build: ir.IRBuilder,
    end: ir.Value,
    step: ir.Value,
    starts: Sequence[ir.Value],
    body: Callable[[ir.Value, Sequence[ir.Value]], Sequence[ir.Value]],
) -> list[ir.Value]:
    """Write a loop over 0, `step`, … below `end`, run at least once; returns what it carries after the last turn."""
    before, turn, after = build.block, build.append_basic_block("turn"), build.append_basic_block("after")
    build.branch(turn)
    build.position_at_end(turn)
    place = build.phi(INT)
    carried = [build.phi(start.type) for start in starts]
    following = body(place, carried)
    advanced = build.add(place, step)
    for phi, start, turned in zip((place, *carried), (INT(0), *starts), (advanced, *following), strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(turned, turn)
    build.cbranch(build.icmp_signed("<", advanced, end), turn, after)
    build.position_at_end(after)
    return list(following)


def load(build: ir.IRBuilder, place: ir.Value) -> ir.Value:
    """The vector at an address."""
    return build.load(build.bitcast(place, VECTOR.as_pointer()), align=4)


def store(build: ir.IRBuilder, value: ir.Value, place: ir.Value) -> None:
    """Put a vector at an address."""
    build.store(value, build.bitcast(place, VECTOR.as_pointer()), align=4)


def spread(build: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """One number in every place of a vector."""
    nothing, first = ir.Constant(VECTOR, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return build.shuffle_vector(build.insert_element(nothing, value, ir.IntType(32)(0)), nothing, first)


def constant(value: float) -> ir.Value:
    """A number in every place of a vector."""
    return ir.Constant(VECTOR, [value] * LANES)


def multiply_add(build: ir.IRBuilder, one: ir.Value, other: ir.Value, added: ir.Value) -> ir.Value:
    """Two vectors' product plus a third, rounded once where the processor can."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    return build.call(
        cgutils.get_or_insert_function(build.module, kind, f"llvm.fmuladd.v{LANES}f32"), (one, other, added)
    )


def _sum(build: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    """The sum of a vector's numbers, by halves."""
    while (half := vector.type.count // 2) > 0:
        nothing = ir.Constant(vector.type, ir.Undefined)
        places = [ir.Constant(ir.VectorType(ir.IntType(32), half), [s + i for i in range(half)]) for s in (0, half)]
        vector = build.fadd(*(build.shuffle_vector(vector, nothing, place) for place in places))
    return build.extract_element(vector, ir.IntType(32)(0))
