"""A network as a program: what `model.networks.offline` computes, for the rows that a new utterance can change."""

from dataclasses import dataclass
from typing import cast

from model.layers.heads import Projection
from model.layers.update import LayerParameters
from model.networks.mtml import MTML
from realtime.incremental.fused.kernels import GELU, RELU
from realtime.incremental.fused.migat import Layer
from realtime.incremental.fused.operation import Code
from realtime.incremental.fused.parameters import padded
from realtime.incremental.fused.program import Block, Program
from realtime.incremental.fused.streams import StreamBlocks, extract, next_round, read_out


@dataclass(frozen=True, slots=True)
class Said:
    """Where in what a program says the logits begin: emotion (R, C), cause (R, 2) and pair (R', W) ones."""

    emotion: int
    cause: int
    pair: int


def write_network(program: Program, network: MTML) -> Said:
    """Write a network's incremental pass."""
    settings = network.settings
    streams = _streams(program, network)
    said = _say(program, network, streams)
    for number in range(1, settings.rounds):
        if network.round is not None:
            streams = next_round(program, network.round, number, streams, said)
            said = _say(program, network, streams)
    emotion, cause = (program.emit(logits) for logits in said)
    return Said(emotion, cause, _pairs(program, network, streams, said))


def _streams(program: Program, network: MTML) -> StreamBlocks:
    """The tasks' streams of every utterance whose nodes are new or changed."""
    modalities = len(network.settings.modalities)
    present = program.ring("present")
    program.add(Code.PRESENT, ring=present.start, capacity=present.capacity, modalities=modalities)
    emotion = cause = _project(program, network)
    for number, layer in enumerate(network.layers):
        emotion, cause = Layer(program, number, cast("LayerParameters", layer), modalities).write(emotion, cause)
    if network.read_outs:
        emotion, cause = (
            read_out(program, nodes, out, modalities)  # type: ignore[arg-type]  # a ModuleList forgets its type
            for nodes, out in zip((emotion, cause), network.read_outs, strict=True)
        )
    return extract(program, network.extraction, emotion, cause)


def _project(program: Program, network: MTML) -> Block:
    """First states of the new utterance's nodes, one row per modality."""
    settings, column = network.settings, 0
    nodes = program.block(len(settings.modalities), settings.width)
    for place, modality in enumerate(settings.modalities):
        projection = cast("Projection", network.projections[modality.value])
        observed = program.block(1, settings.features[modality])
        program.add(
            Code.OBSERVE,
            out=observed.start,
            stride=observed.stride,
            width=observed.width,
            column=column,
            modality=place,
            centre=program.place(projection.mean) if projection.measured else -1,
            scale=program.place(projection.scale) if projection.measured else -1,
        )
        state = program.normalise(program.linear(observed, projection.linear), projection.norm, what=RELU)
        program.copy(state, nodes.every(len(settings.modalities), place))
        column += observed.width
    return nodes


def _say(program: Program, network: MTML, streams: StreamBlocks) -> tuple[Block, Block]:
    """Emotion and cause logits."""
    hidden = program.linear(streams.emotion, network.emotion_head.hidden, what=GELU)
    return program.linear(hidden, network.emotion_head.output), program.linear(streams.cause, network.cause_head)


def _pairs(program: Program, network: MTML, streams: StreamBlocks, said: tuple[Block, Block]) -> int:
    """Say the logits of all candidates that can have changed; returns where they begin."""
    head, width = network.pair_head, streams.pair.width
    ends = zip(("pair.targets", "pair.candidates"), (streams.emotion, streams.cause), said, strict=True)
    skip = 0
    for ring, stream, logits in ends:
        own = program.block(stream.rows, width + logits.width)
        program.copy(stream, own.columns(0, width))
        program.softmax(logits, own.columns(width, logits.width))
        program.write(ring, streams.pair)
        program.write(ring, program.matrix(own, head.hidden.weight, None, skip=skip), column=width)
        skip += own.width
    return _candidates(program, network, skip)


def _candidates(program: Program, network: MTML, skip: int) -> int:
    """Join targets and candidates from their rings; `skip` columns of the head's weight are theirs alone."""
    head = network.pair_head
    targets, candidates = program.ring("pair.targets"), program.ring("pair.candidates")
    width, window = head.hidden.out_features, head.window
    ends = {
        "targets": targets.start,
        "targets_capacity": targets.capacity,
        "candidates": candidates.start,
        "candidates_capacity": candidates.capacity,
        "width": width,
        "rows": targets.rows,
        "past": window.past,
        "ahead": window.ahead,
    }
    products = program.block(targets.rows * window.width, width)
    program.add(Code.PRODUCTS, **ends, out=products.start, stride=products.stride)
    hidden = program.matrix(products, head.hidden.weight, head.hidden.bias, skip=skip)
    positions = program.table(head.position.weight, head.hidden.weight, skip + width)
    speakers = program.table(head.relation.weight, head.hidden.weight, skip + width + head.position.embedding_dim)
    said = program.say(targets.rows * window.width)
    program.add(
        Code.PAIRS,
        **ends,
        hidden=hidden.start,
        stride=hidden.stride,
        positions=positions.start,
        speakers=speakers.start,
        tables_stride=positions.stride,
        weight=program.place(head.output.weight),
        weight_stride=padded(1),
        bias=program.place(head.output.bias),
        out=said,
    )
    return said
