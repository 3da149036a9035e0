"""The baseline: the network over the last utterances that can still matter, computed anew for every utterance.

This is what one would write without an incremental engine, and it is meant to be hard to beat: dense windows instead
of message passing, both tasks and both kinds of connection in one batched product, projections of keys and values
packed into one matrix, tables of relation and position added up beforehand, masks only where a conversation begins or
something looks ahead, and rows that shrink from layer to layer to those that the newest results still need. Packing is
done once and is not timed, and neither is finding who spoke to whom. Nothing is kept from one utterance to the next.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from edge.bench.incremental.conversation import RandomConversation
from edge.bench.incremental.dense import DenseAttention, DenseExtraction, DenseLayer, spread, union
from model.decision import Decision
from model.graph import Kind, Window
from model.layers.experts import Streams
from model.layers.heads import PairHead
from model.layers.rounds import Round
from model.layers.update import LayerParameters
from model.networks.mtml import MTML, Settings


@dataclass(frozen=True, slots=True)
class Rows:
    """How many of the newest utterances each part must still compute.

    Attributes:
        layers: Into every layer, and out of the last.
        rounds: Streams that every round speaks from.
        candidates: Read as candidates.
        targets: Whose candidates' probabilities can change.
        emotions: Whose emotions can change.
    """

    layers: tuple[int, ...]
    rounds: tuple[int, ...]
    candidates: int
    targets: int
    emotions: int

    @classmethod
    def of(cls, settings: Settings, utterances: int) -> "Rows":
        """Where a conversation has so many utterances."""
        rules = settings.graph
        targets = settings.cause_horizon + 1
        candidates = targets + rules.cause_past
        rounds = [candidates + later * rules.round_past for later in reversed(range(settings.rounds))]
        past = max(rules.window(kind).past for kind in settings.node_kinds)
        layers = [rounds[0] + later * past for later in reversed(range(settings.layers + 1))]
        there = [[min(rows, utterances) for rows in each] for each in (layers, rounds)]
        last = [min(rows, utterances) for rows in (candidates, targets, settings.emotion_horizon + 1)]
        return cls(tuple(there[0]), tuple(there[1]), *last)


class WindowedRerun(nn.Module):
    """Emotions and candidates' probabilities that the newest utterance can change, from the last utterances alone.

    Args:
        network: Whose parameters to compute with; it reads words alone.
        decision: How logits become probabilities.
        utterances: How many the conversation has; from `settings.reach + 1` on, it makes no difference.

    Shapes:
        features (S, F) and places (S, W) of the last S utterances -> emotions (R, C), pairs (R', W').
    """

    @torch.no_grad()
    def __init__(self, network: MTML, decision: Decision, utterances: int) -> None:
        super().__init__()
        settings = network.settings
        if len(settings.modalities) != 1:
            raise ValueError(f"the windowed rerun reads one modality, not {len(settings.modalities)}")
        self.rows = rows = Rows.of(settings, utterances)
        self.everything = union([settings.graph.window(kind) for kind in Kind])
        self.decision = decision
        self.projection = network.projections[settings.modalities[0].value]
        self.layers = nn.ModuleList(
            DenseLayer(cast("LayerParameters", layer), self.everything, into, out)
            for layer, into, out in zip(network.layers, rows.layers[:-1], rows.layers[1:], strict=True)
        )
        self.extraction = DenseExtraction(network.extraction)
        self.emotion_head, self.cause_head, self.round = network.emotion_head, network.cause_head, network.round
        self.summaries = nn.ModuleList(
            DenseAttention([network.round.summary], self.everything, before, after)
            for before, after in zip(rows.rounds[:-1], rows.rounds[1:], strict=True)
            if network.round is not None
        )
        self.pairs = DensePairs(network.pair_head, self.everything, rows)

    def places(self, conversation: RandomConversation) -> Tensor:
        """Rows of the tables per utterance and relative position, (N, W): prepared once for a conversation."""
        width = self.everything.width
        return conversation.relations(self.everything) * width + torch.arange(width)

    def forward(self, features: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of what can change; the newest utterance is the last row, pairs lie by relative position."""
        nodes = self.projection(features).expand(2, -1, -1)
        for layer in self.layers:
            nodes = layer(nodes, places)
        streams = self.extraction(nodes)
        for number, summary in enumerate(self.summaries, start=1):
            last = number == len(self.summaries)
            streams = self._listen(streams, cast("DenseAttention", summary), places, targets_alone=last)
        emotion, cause = self._say(streams._replace(emotion=streams.emotion[-self.rows.targets :]))
        pair = self.pairs(streams, emotion.softmax(-1), cause.softmax(-1), places)
        return (
            self.decision.emotion_probabilities(emotion[-self.rows.emotions :]),
            self.decision.pair_probabilities(pair),
        )

    def _say(self, streams: Streams) -> tuple[Tensor, Tensor]:
        return self.emotion_head(streams.emotion), self.cause_head(streams.cause)

    def _listen(self, streams: Streams, summary: DenseAttention, places: Tensor, *, targets_alone: bool) -> Streams:
        """The streams that the next round speaks from; after the last, emotions matter of targets alone."""
        step = cast("Round", self.round)
        emotion, cause = self._say(streams)
        embedded = step.embed(streams, emotion.softmax(-1), cause.softmax(-1)).unsqueeze(0)
        read = summary(embedded, places).squeeze(0)
        rows = len(read)
        felt = self.rows.targets if targets_alone else rows
        return Streams(
            emotion=step.emotion_cell(read[-felt:], streams.emotion[-felt:]),
            cause=step.cause_cell(read, streams.cause[-rows:]),
            pair=streams.pair[-rows:],
        )


class DensePairs(nn.Module):
    """The pair head over all candidates of the last targets.

    Args:
        head: Its parameters.
        everything: The window by whose places the table is laid out.
        rows: How many targets and candidates there are.

    Shapes:
        streams (at least R, D), emotion (R, C) and cause (S, 2) probabilities, places -> logits (R, W).
    """

    table: Tensor

    def __init__(self, head: PairHead, everything: Window, rows: Rows) -> None:
        super().__init__()
        self.rows, self.window, self.first = rows, head.window, everything.past - head.window.past
        self.output = head.output
        target, candidate, product, position, relation = head.parts()
        self.target, self.candidate, self.product = (
            nn.Parameter(weight, requires_grad=False) for weight in (target, candidate, product)
        )
        by_place = F.pad(
            F.linear(head.position.weight, position), (0, 0, self.first, everything.ahead - head.window.ahead)
        )
        by_speaker = F.linear(head.relation.weight, relation, head.hidden.bias).unsqueeze(1)
        self.register_buffer("table", (by_speaker + by_place).flatten(0, 1), persistent=False)

    def forward(self, streams: Streams, emotion: Tensor, cause: Tensor, places: Tensor) -> Tensor:
        """Logits by target and relative position; meaningless where there is no candidate."""
        R, S, W = self.rows.targets, self.rows.candidates, self.window.width
        target = F.linear(torch.cat((streams.emotion[-R:], emotion), -1), self.target)
        candidate = F.linear(torch.cat((streams.cause[-S:], cause), -1), self.candidate)
        candidates = torch.cat((streams.pair[-S:], candidate), -1).unsqueeze(0)
        pair, said = spread(candidates, self.window, R).squeeze(0).chunk(2, -1)  # (R, W, D) each
        joint = F.linear(streams.pair[-R:].unsqueeze(1) * pair, self.product)
        added = self.table[places[-R:, self.first : self.first + W]]
        joint = joint + added + said + target.unsqueeze(1)
        logits: Tensor = self.output(F.gelu(joint))
        return logits.squeeze(-1)
