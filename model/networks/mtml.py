"""MTML: who feels what and what caused it, by mutual learning of both tasks.

INFERRED from the abstract of Information Fusion 127, 103877. This file holds the parameters and what each does
to rows. The whole-graph pass is `model.networks.offline`; the incremental engine computes the same from the same
parameters. Text only, with intra-modal and cross-task connections.
"""

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from model.config import Config
from model.emotions import EKMAN_LABELS
from model.graph import GraphRules, Kind, Relation, Window
from model.layers.attention import LayerParameters

_PAIR_POSITION_WIDTH = 32
_PAIR_RELATION_WIDTH = 16


class Settings(Config):
    """Sizes of the network and the reach of its connections."""

    features: int = Field(384, ge=1, description="Features of an utterance, as the text encoder gives them.")
    width: int = Field(224, ge=4, description="Features of a node.")
    layers: int = Field(2, ge=1, le=8, description="MIGAT layers.")
    heads: int = Field(4, ge=1, le=16, description="Attention heads; divides the width.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of features dropped in training.")
    labels: tuple[str, ...] = Field(
        EKMAN_LABELS, description="Emotion labels, in the order of the probabilities; neutral first."
    )
    graph: GraphRules = Field(GraphRules(), description="How far connections reach.")

    @property
    def emotion_horizon(self) -> int:
        """How many later utterances can still change the emotion of an utterance."""
        return self.layers * max(self.graph.ahead, self.graph.cross_task_ahead)

    @property
    def cause_horizon(self) -> int:
        """How many later utterances can still change the causes of an utterance."""
        return self.emotion_horizon + self.graph.cause_ahead


class Projection(nn.Module):
    """An utterance's features as the first state of both its nodes: ReLU(LN(W f)).

    Shapes:
        features (…, F) -> nodes (…, D).
    """

    def __init__(self, features: int, width: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(features, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor) -> Tensor:
        """Nodes (…, D) of (…, F) features."""
        nodes: Tensor = self.dropout(F.relu(self.norm(self.linear(features))))
        return nodes


class Head(nn.Module):
    """Class logits of one node.

    Shapes:
        nodes (…, D) -> logits (…, C).
    """

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, classes)

    def forward(self, nodes: Tensor) -> Tensor:
        """Logits (…, C) of (…, D) nodes."""
        logits: Tensor = self.output(self.dropout(F.gelu(self.hidden(nodes))))
        return logits


class PairHead(nn.Module):
    """Logit that one utterance caused the emotion of another.

    An MLP over [o_i^e ; o_j^c ; o_i^e * o_j^c ; position ; relation ; P_e(i) ; P_c(j)]: emotion node i, cause node j,
    their class probabilities, where j stands and who spoke it.

    Shapes:
        nodes (…, D) twice, probabilities (…, C) and (…, 2), relation (…), offset (…) -> logits (…).
    """

    def __init__(self, width: int, classes: int, dropout: float, window: Window) -> None:
        super().__init__()
        self.window = window
        self.position = nn.Embedding(window.width, _PAIR_POSITION_WIDTH)
        self.relation = nn.Embedding(len(Relation), _PAIR_RELATION_WIDTH)
        self.hidden = nn.Linear(3 * width + _PAIR_POSITION_WIDTH + _PAIR_RELATION_WIDTH + classes + 2, width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, 1)

    def forward(
        self,
        nodes: tuple[Tensor, Tensor],
        probabilities: tuple[Tensor, Tensor],
        relation: Tensor,
        offset: Tensor,
    ) -> Tensor:
        """Logits (…) of candidates.

        Args:
            nodes: (…, D) emotion nodes of the targets, (…, D) cause nodes of the candidates.
            probabilities: (…, C) emotion probabilities of the targets, (…, 2) cause probabilities of the candidates.
            relation: (…) who spoke the candidate, seen from the target.
            offset: (…) relative position of the candidate.
        """
        emotion, cause = nodes
        place = self.position(offset + self.window.past), self.relation(relation)
        joint = torch.cat((emotion, cause, emotion * cause, *place, *probabilities), -1)
        logits: Tensor = self.output(self.dropout(F.gelu(self.hidden(joint)))).squeeze(-1)
        return logits


class MTML(nn.Module):
    """The parameters of the network: projection, MIGAT layers, and one head per task.

    Args:
        settings: Sizes and reach.

    Shapes:
        N utterances: features (N, F), nodes (N, D), emotion logits (N, C), cause logits (N, 2); E candidates: pair
        logits (E,).
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        rules, classes = settings.graph, len(settings.labels)
        intra, cross_task = rules.window(Kind.INTRA), rules.window(Kind.CROSS_TASK)
        width, dropout = settings.width, settings.dropout
        self.projection = Projection(settings.features, width, dropout)
        self.layers = nn.ModuleList(
            LayerParameters(width, settings.heads, dropout, intra, cross_task) for _ in range(settings.layers)
        )
        self.emotion_head = Head(width, classes, dropout)
        self.cause_head = nn.Linear(width, 2)
        self.pair_head = PairHead(width, classes, dropout, rules.window(Kind.CANDIDATE))
