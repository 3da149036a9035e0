"""MIGAT layers as operations: what `model.layers.update` and `model.layers.attention` say of rows."""

from collections.abc import Iterable
from typing import cast

from torch import nn

from model.layers.attention import KindAttention
from model.layers.update import LayerParameters, TaskUpdate
from realtime.incremental.fused.kernels import GELU
from realtime.incremental.fused.operation import Code
from realtime.incremental.fused.parameters import padded
from realtime.incremental.fused.program import Block, Program
from realtime.incremental.state import TASKS


class Layer:
    """One layer: from the nodes that are new or changed to those after it.

    Args:
        program: Where to write.
        number: Which layer, from 0.
        parameters: The layer's modules.
        modalities: M.
    """

    def __init__(self, program: Program, number: int, parameters: LayerParameters, modalities: int) -> None:
        self._program = program
        self._updates = (parameters.emotion, parameters.cause)
        self._modalities = modalities
        self._names = [f"layer{number}.{task}" for task in TASKS]

    def write(self, emotion: Block, cause: Block) -> tuple[Block, Block]:
        """Emotion and cause nodes after the layer, of those before it that are new or changed."""
        changed = (emotion, cause)
        emotions, causes = (self._keep(task, changed[task], changed[1 - task]) for task in range(len(TASKS)))
        return self._update(0, emotions), self._update(1, causes)

    def _keep(self, task: int, own: Block, other: Block) -> Block:
        """Put what is new into the rings; returns the nodes that read."""
        program, name, modalities, width = self._program, self._names[task], self._modalities, own.width
        program.write(f"{name}.nodes", own, modalities=modalities, step=width)
        for kind, attention, from_other in self._updates[task].along_utterances():
            read = other if from_other else own
            for column, linear in ((0, attention.key), (width, attention.value)):
                with program.scratch():
                    program.write(f"{name}.{kind}", program.linear(read, linear), column, modalities, 2 * width)
        rows = program.ring(f"{name}.nodes").rows * modalities
        if rows == own.rows:
            return own
        return program.read(f"{name}.nodes", program.block(rows, width), modalities=modalities, step=width)

    def _update(self, task: int, nodes: Block) -> Block:
        program, update = self._program, self._updates[task]
        after = program.block(nodes.rows, nodes.width)
        with program.scratch():
            joined = self._joined(task, nodes)
            middle = program.normalise(program.linear(joined, update.output), update.attention_norm, beside=nodes)
            hidden = program.linear(program.linear(middle, update.expand, what=GELU), update.contract)
            return program.normalise(hidden, update.forward_norm, beside=middle, out=after)

    def _joined(self, task: int, nodes: Block) -> Block:
        """What nodes read along all kinds of connection."""
        program, update = self._program, self._updates[task]
        out = program.block(nodes.rows, nodes.width)
        with program.scratch():
            beside, reached = self._messages(task, nodes)
            gates = program.block(nodes.rows, padded(update.heads) * len(update.gates))
            for number, gate in enumerate(cast("Iterable[nn.Linear]", update.gates)):
                place = gates.columns(number * padded(update.heads), update.heads)
                program.matrix(beside.columns(2 * number * nodes.width, 2 * nodes.width), gate.weight, gate.bias, place)
            return _join(program, beside.columns(nodes.width, nodes.width), gates, reached, update, out)

    def _messages(self, task: int, nodes: Block) -> tuple[Block, Block]:
        """Per kind of connection, side by side: the node and its message; and which kinds reach anything."""
        program, update, width = self._program, self._updates[task], nodes.width
        kinds = len(update.gates)
        beside, reached = program.block(nodes.rows, 2 * width * kinds), program.block(nodes.rows, kinds)
        messages = [beside.columns((2 * kind + 1) * width, width) for kind in range(kinds)]
        for place in range(kinds):
            program.copy(nodes, beside.columns(2 * place * width, width))
        for number, (kind, attention, _) in enumerate(update.along_utterances()):
            query, ring = program.linear(nodes, attention.query), f"{self._names[task]}.{kind}"
            attend(
                program,
                attention,
                ring,
                query,
                messages[number],
                reached.columns(number, 1),
                self._modalities,
                "present",
            )
        if update.between_modalities is not None:
            self._across(update.between_modalities, nodes, messages[-1], reached.columns(kinds - 1, 1))
        return beside, reached

    def _across(self, attention: KindAttention, nodes: Block, out: Block, reached: Block) -> None:
        """What nodes read from the same utterance's nodes of other modalities."""
        program, modalities = self._program, self._modalities
        query, key, value = (program.linear(nodes, part) for part in (attention.query, attention.key, attention.value))
        present = program.ring("present")
        program.add(
            Code.ACROSS,
            query=query.start,
            key=key.start,
            value=value.start,
            in_stride=query.stride,
            out=out.start,
            stride=out.stride,
            reached=reached.start,
            reached_stride=reached.stride,
            width=nodes.width,
            rows=nodes.rows // modalities,
            modalities=modalities,
            present=present.start,
            present_capacity=present.capacity,
            scores=program.row(attention.heads * modalities).start,
            **_formula(program, attention),
        )


def attend(
    program: Program,
    attention: KindAttention,
    ring: str,
    query: Block,
    out: Block,
    reached: Block,
    modalities: int = 1,
    present: str = "",
) -> None:
    """What rows read along one kind of connection.

    Args:
        program: Where to write.
        attention: The parameters.
        ring: The ring of keys and values.
        query: Queries, the modalities of an utterance side by side.
        out: Where to; zeros where there is nothing to read.
        reached: A column that becomes 1 where there is something to read, else 0.
        modalities: M.
        present: The ring that says which modalities there are; without one, all are.
    """
    held, window = program.ring(ring), attention.window
    program.add(
        Code.ATTEND,
        query=query.start,
        query_stride=query.stride,
        out=out.start,
        stride=out.stride,
        reached=reached.start,
        reached_stride=reached.stride,
        ring=held.start,
        capacity=held.capacity,
        width=query.width,
        past=window.past,
        ahead=window.ahead,
        rows=query.rows // modalities,
        modalities=modalities,
        present=program.ring(present).start if present else -1,
        present_capacity=program.ring(present).capacity if present else 1,
        scores=program.row(attention.heads * window.width).start,
        **_formula(program, attention),
    )


def _formula(program: Program, attention: KindAttention) -> dict[str, int]:
    """What attention computes with, whatever it reads."""
    return {
        "heads": attention.heads,
        "keys": program.place(attention.relation_key.weight),
        "values": program.place(attention.relation_value.weight),
        "positions": program.place(attention.position.weight),
        "weight": program.place(attention.weight),
    }


def _join(program: Program, messages: Block, gates: Block, reached: Block, update: TaskUpdate, out: Block) -> Block:
    """The messages of all kinds joined by their gates; `messages` is that of the first kind."""
    kinds = len(update.gates)
    program.add(
        Code.JOIN,
        messages=messages.start,
        step=2 * messages.width,
        stride=messages.stride,
        gates=gates.start,
        gates_step=padded(update.heads),
        gates_stride=gates.stride,
        reached=reached.start,
        reached_stride=reached.stride,
        out=out.start,
        out_stride=out.stride,
        rows=messages.rows,
        kinds=kinds,
        width=messages.width,
        heads=update.heads,
        shares=program.row(kinds).start,
    )
    return out
