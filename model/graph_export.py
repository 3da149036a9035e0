"""A conversation's graph for other tools: as PyTorch Geometric `HeteroData`, and as plain JSON values."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch

from model.graph import Connection, ConversationGraph, Kind

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

TASKS = ("emotion", "cause")
"""The node types: every utterance is one node of each, numbered as in the conversation."""

_ENDS = {
    Kind.INTRA: (("emotion", "emotion"), ("cause", "cause")),
    Kind.CROSS_TASK: (("cause", "emotion"), ("emotion", "cause")),
    Kind.ROUND: (("emotion", "emotion"), ("cause", "cause"), ("cause", "emotion"), ("emotion", "cause")),
    Kind.CANDIDATE: (("cause", "emotion"),),
}
"""Which (source, target) node types a kind of connection joins."""


def to_hetero_data(graph: ConversationGraph) -> "HeteroData":
    """The graph as `HeteroData`.

    Node types are `emotion` and `cause`, N nodes each, with `speaker` (N,) int64 numbers into `data.speakers`, and
    `start_s` and `end_s` (N,) float64 seconds of the media clock, NaN where there are no times. Edge types are (source,
    kind, target), kind being `intra`, `cross_task`, `round` or `candidate`, with `edge_index` (2, E), `relation` (E,)
    values of `Relation` and `offset` (E,) relative positions of the source.

    Raises:
        ValueError: The graph has dropped early utterances.
    """
    from torch_geometric.data import HeteroData  # noqa: PLC0415 - JSON is exported without it

    _require_whole(graph)
    data = HeteroData()
    data.speakers = _speakers(graph)
    for task in TASKS:
        for name, values in _nodes(graph).items():
            data[task][name] = values
        data[task].num_nodes = graph.size
    for kind, source, target in _edge_types():
        store = data[source, kind.value, target]
        table = torch.tensor([_row(c) for c in graph.connections(kind)], dtype=torch.long).reshape(-1, 4)
        store.edge_index = table[:, :2].T.contiguous()
        store.relation, store.offset = table[:, 2], table[:, 3]
    return data


def to_json(graph: ConversationGraph) -> dict[str, Any]:
    """The graph as values that `json.dumps` takes.

    `utterances` hold `index`, `id`, `speaker`, `text`, `start_s` and `end_s` (null without times); `edges` hold `kind`,
    `source` and `target` as `{task, utterance}`, `relation` in lower case and `offset`; `rules` hold how far
    connections reach.

    Raises:
        ValueError: The graph has dropped early utterances.
    """
    _require_whole(graph)
    return {
        "rules": graph.rules.model_dump(),
        "utterances": [
            {"index": u.index, "id": u.id, "speaker": u.speaker, "text": u.text, "start_s": u.start_s, "end_s": u.end_s}
            for u in graph.utterances
        ],
        "edges": [
            _edge(connection, kind, source, target)
            for kind, source, target in _edge_types()
            for connection in graph.connections(kind)
        ],
    }


def _edge_types() -> Iterator[tuple[Kind, str, str]]:
    return ((kind, source, target) for kind, ends in _ENDS.items() for source, target in ends)


def _edge(connection: Connection, kind: Kind, source: str, target: str) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "source": {"task": source, "utterance": connection.source},
        "target": {"task": target, "utterance": connection.target},
        "relation": connection.relation.name.lower(),
        "offset": connection.offset,
    }


def _row(connection: Connection) -> tuple[int, int, int, int]:
    return connection.source, connection.target, int(connection.relation), connection.offset


def _nodes(graph: ConversationGraph) -> Mapping[str, torch.Tensor]:
    numbers = {speaker: number for number, speaker in enumerate(_speakers(graph))}
    return {
        "speaker": torch.tensor([numbers[u.speaker] for u in graph.utterances], dtype=torch.long),
        "start_s": _times(u.start_s for u in graph.utterances),
        "end_s": _times(u.end_s for u in graph.utterances),
    }


def _speakers(graph: ConversationGraph) -> list[str]:
    """Speaker ids in order of appearance."""
    return list(dict.fromkeys(u.speaker for u in graph.utterances))


def _times(seconds: Iterator[float | None]) -> torch.Tensor:
    return torch.tensor([float("nan") if time is None else time for time in seconds], dtype=torch.float64)


def _require_whole(graph: ConversationGraph) -> None:
    if len(graph.utterances) != graph.size:
        raise ValueError(f"the graph holds {len(graph.utterances)} of its {graph.size} utterances; export a whole one")
