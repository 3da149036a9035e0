"""MTML: who feels what and what caused it, by mutual learning of both tasks.

INFERRED from the abstract of Information Fusion 127, 103877: MIGAT with intra-modal, cross-modal and cross-task
connections; implicit mutual learning by progressive layered extraction; explicit mutual learning over rounds. This file
holds the parameters; what each does to rows is said in `model.layers`. The whole-graph pass is
`model.networks.offline`; the incremental engine computes the same from the same parameters.
"""

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from model.config import Config
from model.emotions import EKMAN_LABELS
from model.graph import GraphRules, Kind
from model.layers.experts import Extraction, SharedTrunk, Streams
from model.layers.heads import Head, PairHead, Projection, ReadOut
from model.layers.rounds import Feedback, Round
from model.layers.update import LayerParameters
from model.modality import Modality
from model.networks.observations import Observations


class Settings(Config):
    """Sizes of the network and the reach of its connections."""

    features: dict[Modality, int] = Field(
        {Modality.TEXT: 384}, min_length=1, description="Features of an utterance per modality that can be read."
    )
    width: int = Field(192, ge=4, description="Features of a node.")
    layers: int = Field(2, ge=1, le=8, description="MIGAT layers.")
    heads: int = Field(4, ge=1, le=16, description="Attention heads; divides the width.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of features dropped in training.")
    cross_task: bool = Field(default=True, description="Whether the tasks' nodes read each other in MIGAT.")
    cross_modal: bool = Field(
        default=True, description="Whether an utterance's modalities read each other in MIGAT, where it has several."
    )
    extraction_levels: int = Field(2, ge=0, le=4, description="Levels of shared and task experts; 0 is one trunk.")
    experts: int = Field(1, ge=1, le=8, description="Experts of each task, and shared ones, per level.")
    rounds: int = Field(2, ge=1, le=4, description="How often both tasks speak; from the second on, having heard both.")
    round_width: int = Field(64, ge=4, description="Features of an embedded distribution; the heads divide it.")
    feedback: Feedback = Field(Feedback.DISTRIBUTIONS, description="What a round hands to the next.")
    labels: tuple[str, ...] = Field(
        EKMAN_LABELS, min_length=2, description="Emotion labels, in the order of the probabilities; neutral first."
    )
    graph: GraphRules = Field(GraphRules(), description="How far connections reach.")

    @model_validator(mode="after")
    def _heads_divide(self) -> "Settings":
        for size in (self.width, self.round_width):
            if size % self.heads:
                raise ValueError(f"{self.heads} heads do not divide {size} features")
        return self

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the network can read, in the order of its nodes."""
        return tuple(modality for modality in Modality if modality in self.features)

    @property
    def node_kinds(self) -> tuple[Kind, ...]:
        """Connections between utterances that a MIGAT layer reads along."""
        return (Kind.INTRA, Kind.CROSS_TASK) if self.cross_task else (Kind.INTRA,)

    @property
    def layer_ahead(self) -> int:
        """How far one MIGAT layer looks ahead (utterances)."""
        return max(self.graph.window(kind).ahead for kind in self.node_kinds)

    @property
    def emotion_horizon(self) -> int:
        """How many later utterances can still change the emotion of an utterance."""
        return self.layers * self.layer_ahead + (self.rounds - 1) * self.graph.round_ahead

    @property
    def cause_horizon(self) -> int:
        """How many later utterances can still change the causes of an utterance."""
        return self.emotion_horizon + self.graph.cause_ahead

    @property
    def reach(self) -> int:
        """How many utterances before the newest its results depend on: no fewer and no more.

        A new utterance n can change the causes of the last `cause_horizon + 1` utterances. The earliest of them has
        candidates `cause_past` before it; what is said of a candidate hears, with every round but the first, from
        `round_past` before; and every layer reads as far back as the furthest connection within or across tasks. What
        n changes is therefore the same whether the conversation began at n - `reach` or long before.
        """
        past = max(self.graph.window(kind).past for kind in self.node_kinds)
        said = self.layers * past + (self.rounds - 1) * self.graph.round_past
        return self.cause_horizon + self.graph.cause_past + said


class MTML(nn.Module):
    """The parameters of the network: projections, MIGAT layers, extraction, the step between rounds, heads.

    Args:
        settings: Sizes and reach.

    Shapes:
        N utterances, M modalities: features (N, F_m), nodes (N, M, D), streams (N, D), emotion logits (N, C), cause
        logits (N, 2); E candidates: pair logits (E,).
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        rules, classes = settings.graph, len(settings.labels)
        width, dropout, modalities = settings.width, settings.dropout, settings.modalities
        windows = {kind: rules.window(kind) for kind in settings.node_kinds}
        self.projections = nn.ModuleDict(
            {
                modality.value: Projection(
                    settings.features[modality], width, dropout, measured=modality is not Modality.TEXT
                )
                for modality in modalities
            }
        )
        reading_each_other = len(modalities) if settings.cross_modal else 1
        self.layers = nn.ModuleList(
            LayerParameters(width, settings.heads, dropout, windows, reading_each_other) for _ in range(settings.layers)
        )
        self.read_outs = nn.ModuleList(ReadOut(width) for _ in range(2 if len(modalities) > 1 else 0))
        self.extraction: Extraction | SharedTrunk = (
            Extraction(width, settings.extraction_levels, settings.experts, dropout)
            if settings.extraction_levels
            else SharedTrunk(width, dropout)
        )
        self.round = (
            Round(width, settings.round_width, settings.heads, classes, rules.window(Kind.ROUND), settings.feedback)
            if settings.rounds > 1
            else None
        )
        self.emotion_head = Head(width, classes, dropout)
        self.cause_head = nn.Linear(width, 2)
        self.pair_head = PairHead(width, classes, dropout, rules.window(Kind.CANDIDATE))

    def project(self, observed: Observations) -> Tensor:
        """First states (…, M, D) of the nodes of either task; those of an absent modality mean nothing.

        Voice and face are given as they were measured; the projections normalise them.
        """
        nodes = []
        for place, (modality, projection) in enumerate(self.projections.items()):
            features = observed.features[Modality(modality)]
            nodes.append(projection(features.masked_fill(~observed.present[..., place, None], 0.0)))
        return torch.stack(nodes, -2)

    def streams(self, emotion: Tensor, cause: Tensor, present: Tensor) -> Streams:
        """What the tasks make of an utterance's nodes.

        Args:
            emotion: (…, M, D) emotion nodes after the last layer.
            cause: (…, M, D) cause nodes.
            present: (…, M) which modalities the utterance has; at least one.
        """
        nodes = emotion, cause
        if self.read_outs:
            read = [out(rows, present) for out, rows in zip(self.read_outs, nodes, strict=True)]
        else:
            read = [rows.squeeze(-2) for rows in nodes]
        streams: Streams = self.extraction(*read)
        return streams

    def say(self, streams: Streams) -> tuple[Tensor, Tensor]:
        """Emotion (…, C) and cause (…, 2) logits of utterances, from their streams (…, D)."""
        return self.emotion_head(streams.emotion), self.cause_head(streams.cause)

    def pair_ends(self, streams: Streams, said: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """What the pair head reads of utterances as targets and as candidates.

        Args:
            streams: After the last round, (…, D) each.
            said: Emotion (…, C) and cause (…, 2) logits of the last round.
        """
        emotion, cause = said
        return (
            self.pair_head.as_target(streams.pair, streams.emotion, emotion.softmax(-1)),
            self.pair_head.as_candidate(streams.pair, streams.cause, cause.softmax(-1)),
        )
