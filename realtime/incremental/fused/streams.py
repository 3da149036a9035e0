"""The tasks' streams as operations: read-out of modalities, extraction by experts, and the step between rounds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from torch import Tensor, nn

from model.layers.experts import Expert, Extraction, ExtractionLevel, Mixture, SharedTrunk
from model.layers.heads import ReadOut
from model.layers.rounds import Feedback, Round
from realtime.incremental.fused.kernels import GELU, TANH
from realtime.incremental.fused.migat import attend
from realtime.incremental.fused.operation import Code
from realtime.incremental.fused.parameters import padded
from realtime.incremental.fused.program import Block, Program


class StreamBlocks(NamedTuple):
    """The rows of the tasks' streams."""

    emotion: Block
    cause: Block
    pair: Block


def read_out(program: Program, nodes: Block, out: ReadOut, modalities: int) -> Block:
    """What an utterance's nodes say together: attention over the modalities it has."""
    scores = program.linear(program.linear(nodes, out.hidden, what=TANH), out.weight)
    read, present = program.block(nodes.rows // modalities, nodes.width), program.ring("present")
    program.add(
        Code.POOL,
        nodes=nodes.start,
        stride=nodes.stride,
        scores=scores.start,
        scores_stride=scores.stride,
        out=read.start,
        out_stride=read.stride,
        rows=read.rows,
        modalities=modalities,
        width=read.width,
        present=present.start,
        capacity=present.capacity,
        shares=program.row(modalities).start,
    )
    return read


def extract(program: Program, extraction: Extraction | SharedTrunk, emotion: Block, cause: Block) -> StreamBlocks:
    """The streams of what MIGAT made of both tasks' nodes."""
    shared = _average(program, emotion, cause)
    streams = StreamBlocks(emotion, cause, shared)
    if isinstance(extraction, SharedTrunk):
        return StreamBlocks(*(_trunk(program, extraction, stream) for stream in streams))
    for level in extraction.levels:
        streams, shared = _level(program, cast("ExtractionLevel", level), streams, shared)
    return streams


def next_round(
    program: Program, step: Round, number: int, streams: StreamBlocks, said: Sequence[Block]
) -> StreamBlocks:
    """The streams after what was said around them.

    Args:
        program: Where to write.
        step: The parameters.
        number: Which round comes next, from 1.
        streams: Those that are new or changed.
        said: Emotion and cause logits of the round before, of the same rows.
    """
    embedded, ring = _embed(program, step, streams, said), f"round{number}.said"
    width, size = streams.emotion.width, embedded.width
    for column, linear in ((0, step.summary.key), (size, step.summary.value)):
        program.write(ring, program.linear(embedded, linear), column)
    kept = _keep(program, f"round{number}.streams", (*streams, embedded))
    query = program.linear(kept[-1], step.summary.query)
    summary, reached = program.block(query.rows, size), program.block(query.rows, 1)
    attend(program, step.summary, ring, query, summary, reached)
    emotion, cause, pair, _ = kept
    cells = (step.emotion_cell, emotion), (step.cause_cell, cause)
    emotion, cause = (_cell(program, cell, stream, summary, width) for cell, stream in cells)
    return StreamBlocks(emotion, cause, pair)


def _average(program: Program, one: Block, other: Block) -> Block:
    out = program.block(one.rows, one.width)
    program.add(
        Code.AVERAGE,
        one=one.start,
        other=other.start,
        out=out.start,
        stride=out.stride,
        rows=out.rows,
        width=out.width,
    )
    return out


def _trunk(program: Program, trunk: SharedTrunk, stream: Block) -> Block:
    return program.normalise(program.linear(stream, trunk.expert.linear, what=GELU), trunk.norm, beside=stream)


def _level(
    program: Program, level: ExtractionLevel, streams: StreamBlocks, shared: Block
) -> tuple[StreamBlocks, Block]:
    """One level: what all experts say lies side by side, those of the tasks before the shared ones."""
    kept = [program.block(shared.rows, shared.width) for _ in range(len(streams) + 1)]
    with program.scratch():
        mixed = _mixed(program, level, streams, shared, kept)
    return StreamBlocks(*mixed[: len(streams)]), mixed[-1]


def _mixed(
    program: Program, level: ExtractionLevel, streams: StreamBlocks, shared: Block, out: Sequence[Block]
) -> list[Block]:
    """The streams of the tasks and the shared one after a level, each to its place."""
    own = [list(cast("nn.ModuleList", experts)) for experts in level.own]
    count, step = len(level.shared), padded(shared.width)
    said = program.block(shared.rows, step * count * (len(own) + 1))
    number = 0
    for stream, experts in zip((*streams, shared), (*own, level.shared), strict=True):
        for expert in cast("Iterable[Expert]", experts):
            program.linear(stream, expert.linear, said.columns(number * step, shared.width), GELU)
            number += 1
    common = len(own) * count
    mixed = [
        _mix(program, cast("Mixture", mixture), stream, said, ((task * count, count), (common, count)), out[task])
        for task, (mixture, stream) in enumerate(zip(level.mixtures, streams, strict=True))
    ]
    if level.shared_mixture is not None:
        shared = _mix(program, level.shared_mixture, shared, said, ((0, common), (common, count)), out[-1])
    return [*mixed, shared]


def _mix(
    program: Program,
    mixture: Mixture,
    stream: Block,
    said: Block,
    runs: tuple[tuple[int, int], tuple[int, int]],
    out: Block,
) -> Block:
    """A stream takes in experts: first and count of its own, and of the others."""
    own, other = runs
    gates, mixed = program.linear(stream, mixture.gate), program.block(stream.rows, stream.width)
    program.add(
        Code.MIX,
        gates=gates.start,
        gates_stride=gates.stride,
        experts=said.start,
        stride=said.stride,
        step=padded(stream.width),
        own_first=own[0],
        own=own[1],
        other_first=other[0],
        other=other[1],
        out=mixed.start,
        out_stride=mixed.stride,
        rows=mixed.rows,
        width=mixed.width,
    )
    return program.normalise(mixed, mixture.norm, beside=stream, out=out)


def _embed(program: Program, step: Round, streams: StreamBlocks, said: Sequence[Block]) -> Block:
    """What the next round reads of utterances."""
    parts = said if step.feedback is Feedback.DISTRIBUTIONS else (streams.emotion, streams.cause)
    read, column = program.block(parts[0].rows, sum(part.width for part in parts)), 0
    for part in parts:
        place = read.columns(column, part.width)
        if step.feedback is Feedback.DISTRIBUTIONS:
            program.softmax(part, place)
        else:
            program.copy(part, place)
        column += part.width
    return program.linear(read, step.labels)


def _keep(program: Program, ring: str, parts: Sequence[Block]) -> list[Block]:
    """Put what is new of several parts into one ring; returns all its rows that a step says again."""
    rows, column, kept = program.ring(ring).rows, 0, []
    for part in parts:
        program.write(ring, part, column)
        again = part if rows == part.rows else program.read(ring, program.block(rows, part.width), column)
        kept.append(again)
        column += part.width
    return kept


def _cell(program: Program, cell: nn.GRUCell, state: Block, summary: Block, width: int) -> Block:
    read = program.matrix(summary, cell.weight_ih, cell.bias_ih)
    kept = program.matrix(state, cell.weight_hh, cast("Tensor", cell.bias_hh))
    out = program.block(state.rows, width)
    program.add(
        Code.GRU,
        read=read.start,
        kept=kept.start,
        gates_stride=read.stride,
        state=state.start,
        state_stride=state.stride,
        out=out.start,
        stride=out.stride,
        rows=out.rows,
        width=width,
    )
    return out
