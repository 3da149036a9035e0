"""What the windowed rerun is made of: a network's parameters packed so that both tasks are one batched product.

B kinds of connection, or streams, are computed side by side. Nothing here decides anything: the formulas are those of
`model.layers`, and the test holds the two equal.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.graph import Window
from model.layers.attention import SLOPE, KindAttention
from model.layers.experts import Expert, Extraction, ExtractionLevel, Mixture, SharedTrunk, Streams
from model.layers.update import LayerParameters


def union(windows: Sequence[Window]) -> Window:
    """The smallest window that holds all of these."""
    return Window(max(window.past for window in windows), max(window.ahead for window in windows))


def spread(sources: Tensor, window: Window, targets: int) -> Tensor:
    """What each of the last R targets reads: (B, S, D) sources as (B, R, W, D), with zeros beyond both ends."""
    before = targets + window.past - sources.shape[1]
    if before or window.ahead:
        sources = F.pad(sources, (0, 0, before, window.ahead))
    return sources.unfold(1, window.width, 1).transpose(-1, -2)


class Products(nn.Module):
    """B linear maps as one product: (B, R, D) -> (B, R, D')."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> None:
        super().__init__()
        self.register_buffer("weight", torch.stack([weight.T for weight in weights]).contiguous(), persistent=False)
        self.register_buffer("bias", torch.stack(list(biases)).unsqueeze(1), persistent=False)

    @classmethod
    def of(cls, linears: Sequence[nn.Linear]) -> "Products":
        """The same maps as these layers."""
        return cls([each.weight for each in linears], [each.bias for each in linears])

    def forward(self, rows: Tensor) -> Tensor:
        """(B, R, D') of (B, R, D)."""
        return torch.baddbmm(self.bias, rows, self.weight)


class Norms(nn.Module):
    """B layer normalisations as one: (B, R, D) -> (B, R, D)."""

    weight: Tensor
    bias: Tensor

    def __init__(self, norms: Sequence[nn.LayerNorm]) -> None:
        super().__init__()
        self.register_buffer("weight", torch.stack([norm.weight for norm in norms]).unsqueeze(1), persistent=False)
        self.register_buffer("bias", torch.stack([norm.bias for norm in norms]).unsqueeze(1), persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, R, D) of (B, R, D)."""
        return torch.addcmul(self.bias, F.layer_norm(rows, rows.shape[-1:]), self.weight)


class DenseAttention(nn.Module):
    """`KindAttention` of B kinds at once, over the last rows.

    Args:
        kinds: Their parameters; their windows may differ.
        everything: The window by whose places the tables are laid out; it holds all others.
        sources: S, how many of the newest utterances are read.
        targets: R, how many of the newest utterances read.

    Shapes:
        sources (B, S, D), places (S, W) -> (B, R, D).
    """

    key_table: Tensor
    value_table: Tensor
    weight: Tensor
    mask: Tensor | None

    def __init__(self, kinds: Sequence[KindAttention], everything: Window, sources: int, targets: int) -> None:
        super().__init__()
        self.window = union([kind.window for kind in kinds])
        self.heads, self.targets = kinds[0].heads, targets
        self.first = everything.past - self.window.past
        self.query = Products.of([kind.query for kind in kinds])
        nothing = torch.zeros_like(kinds[0].value.bias)
        self.read = Products(
            [torch.cat((kind.key.weight, kind.value.weight)) for kind in kinds],
            [torch.cat((nothing, kind.value.bias)) for kind in kinds],
        )
        tables = [torch.stack(each) for each in zip(*(_tables(kind, everything) for kind in kinds), strict=True)]
        for name, table in zip(("key_table", "value_table"), tables, strict=True):
            self.register_buffer(name, table, persistent=False)
        weight = torch.stack([kind.weight for kind in kinds]).unsqueeze(1).unsqueeze(1)  # (B, 1, 1, H, D/H)
        self.register_buffer("weight", weight, persistent=False)
        seen = torch.stack([_seen(kind.window, self.window, sources, targets) for kind in kinds])
        mask = None if seen.all() else torch.zeros(seen.shape).masked_fill(~seen, float("-inf")).unsqueeze(-1)
        self.register_buffer("mask", mask if mask is None else mask.to(nothing), persistent=False)

    def forward(self, sources: Tensor, places: Tensor, targets: Tensor | None = None) -> Tensor:
        """What is read, per target.

        Args:
            sources: The rows that are read.
            places: Rows of the tables per utterance and relative position in `everything`.
            targets: (B, R, D) the rows that read; None: the last of the sources.
        """
        if targets is None:
            targets = sources[:, -self.targets :]
        (B, R, D), W = targets.shape, self.window.width
        own = places[-R:, self.first : self.first + W].reshape(-1)
        keys, values = (spread(rows, self.window, R) for rows in self.read(sources).chunk(2, -1))  # (B, R, W, D)
        joint = keys + self.key_table.index_select(1, own).view(B, R, W, D)
        joint = F.leaky_relu_(joint.add_(self.query(targets).unsqueeze(2)), SLOPE)
        scores = joint.view(B, R, W, self.heads, -1).mul_(self.weight).sum(-1)  # (B, R, W, H)
        if self.mask is not None:
            scores = scores + self.mask
        said = values + self.value_table.index_select(1, own).view(B, R, W, D)
        shares = scores.softmax(2).unsqueeze(-1)
        return said.view(B, R, W, self.heads, -1).mul_(shares).sum(2).flatten(-2)


class DenseLayer(nn.Module):
    """A MIGAT layer: both tasks and all kinds of connection at once.

    Args:
        parameters: The layer's.
        everything: As in `DenseAttention`.
        sources: How many rows come in.
        targets: How many rows are still needed.

    Shapes:
        emotion and cause nodes (2, S, D), places (S, W) -> (2, R, D).
    """

    readers: Tensor
    origins: Tensor

    def __init__(self, parameters: LayerParameters, everything: Window, sources: int, targets: int) -> None:
        super().__init__()
        tasks = [parameters.emotion, parameters.cause]
        along = [(task, *kind) for task, update in enumerate(tasks) for kind in update.along_utterances()]
        self.attention = DenseAttention([kind for _, _, kind, _ in along], everything, sources, targets)
        self.kinds = len(along) // 2
        origins = [1 - task if from_other else task for task, _, _, from_other in along]
        for name, chosen in (("readers", [task for task, *_ in along]), ("origins", origins)):
            self.register_buffer(name, torch.tensor(chosen, device=self.attention.weight.device), persistent=False)
        self.targets = targets
        self.gate = Products.of([cast("nn.Linear", gate) for task in tasks for gate in task.gates])
        self.output = Products.of([task.output for task in tasks])
        self.attention_norm = Norms([task.attention_norm for task in tasks])
        self.expand = Products.of([task.expand for task in tasks])
        self.contract = Products.of([task.contract for task in tasks])
        self.forward_norm = Norms([task.forward_norm for task in tasks])

    def forward(self, nodes: Tensor, places: Tensor) -> Tensor:
        """Nodes (2, R, D) after the layer."""
        node = nodes[:, -self.targets :]
        readers = node.index_select(0, self.readers)
        message = self.attention(nodes.index_select(0, self.origins), places, readers)  # (2 K, R, D)
        gate = self.gate(torch.cat((readers, message), -1))
        gate = gate.view(2, self.kinds, self.targets, -1).softmax(1)  # (2, K, R, H)
        heads = message.view(*gate.shape, -1)
        joined = (heads * gate.unsqueeze(-1)).sum(1).flatten(-2)
        node = self.attention_norm(node + self.output(joined))
        return cast("Tensor", self.forward_norm(node + self.contract(F.gelu(self.expand(node)))))


class DenseLevel(nn.Module):
    """A level of extraction: the experts of all streams at once, and one product for all mixtures.

    Shapes:
        emotion, cause, pair and shared streams (4, R, D) -> the same, or (3, R, D) after the last level.
    """

    def __init__(self, level: ExtractionLevel) -> None:
        super().__init__()
        experts = [[cast("Expert", each) for each in own] for own in (*level.own, level.shared)]
        self.experts = Products(
            [torch.cat([each.linear.weight for each in own]) for own in experts],
            [torch.cat([each.linear.bias for each in own]) for own in experts],
        )
        mixtures = [cast("Mixture", mixture) for mixture in level.mixtures]
        if level.shared_mixture is not None:
            mixtures.append(level.shared_mixture)
        count = len(experts[0])
        self.gate = Products.of([_over_all(each.gate, task, count) for task, each in enumerate(mixtures)])
        self.norm = Norms([mixture.norm for mixture in mixtures])

    def forward(self, streams: Tensor) -> Tensor:
        """The streams after this level."""
        said = F.gelu(self.experts(streams))  # (4, R, E D)
        said = said.view(*streams.shape[:2], -1, streams.shape[2]).transpose(0, 1).flatten(1, 2)  # (R, 4 E, D)
        kept = streams[: self.gate.weight.shape[0]]
        shares = self.gate(kept).softmax(-1)  # (3 or 4, R, 4 E)
        mixed = torch.bmm(shares.transpose(0, 1), said).transpose(0, 1)
        return cast("Tensor", self.norm(kept + mixed))


class DenseExtraction(nn.Module):
    """`Extraction`, or the trunk in its place, over rows of both tasks.

    Shapes:
        emotion and cause nodes (2, R, D) -> streams (R, D) each.
    """

    def __init__(self, extraction: Extraction | SharedTrunk) -> None:
        super().__init__()
        self.trunk = extraction if isinstance(extraction, SharedTrunk) else None
        levels = () if isinstance(extraction, SharedTrunk) else extraction.levels
        self.levels = nn.ModuleList(DenseLevel(cast("ExtractionLevel", level)) for level in levels)

    def forward(self, nodes: Tensor) -> Streams:
        """The tasks' streams."""
        if self.trunk is not None:
            return cast("Streams", self.trunk(*nodes.unbind()))
        shared = nodes.mean(0, keepdim=True)
        streams = torch.cat((nodes, shared, shared))
        for level in self.levels:
            streams = level(streams)
        return Streams(*streams.unbind())


def _tables(kind: KindAttention, everything: Window) -> tuple[Tensor, Tensor]:
    """What a connection adds to keys and to values, (4 W, D) each: by relation, then by place in the widest window."""
    outside = (everything.past - kind.window.past, everything.ahead - kind.window.ahead)
    position = F.pad(kind.position.weight, (0, 0, *outside))  # (W, D)
    keys = kind.relation_key.weight.unsqueeze(1) + position  # (4, W, D)
    values = kind.relation_value.weight.unsqueeze(1).expand_as(keys)
    return keys.flatten(0, 1), values.flatten(0, 1)


def _seen(window: Window, among: Window, sources: int, targets: int) -> Tensor:
    """Which places of a window a kind of connection has, where the last R of S utterances read: (R, W)."""
    place = torch.arange(-among.past, among.ahead + 1)
    source = torch.arange(sources - targets, sources).unsqueeze(1) + place
    return (source >= 0) & (source < sources) & (place >= -window.past) & (place <= window.ahead)


def _over_all(gate: nn.Linear, task: int, experts: int) -> nn.Linear:
    """The gate of a stream as one over the experts of all four; those it does not see get nothing."""
    streams = len(Streams._fields)
    wide = nn.Linear(gate.in_features, (streams + 1) * experts)
    own = range(task * experts, (task + 1) * experts)
    sees = [*own, *range(streams * experts, (streams + 1) * experts)] if task < streams else range(wide.out_features)
    with torch.no_grad():
        wide.weight.zero_()
        wide.bias.fill_(float("-inf"))
        wide.weight[list(sees)] = gate.weight
        wide.bias[list(sees)] = gate.bias
    return wide
