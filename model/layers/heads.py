"""Where a network begins and ends: projections of features, read-out of modalities, and a head per task."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.graph import Relation, Window

_PAIR_POSITION_WIDTH = 32
_PAIR_RELATION_WIDTH = 16


class Projection(nn.Module):
    """An utterance's features of one modality as the first state of its nodes: ReLU(LN(W f)).

    Features that come as they were measured are normalised first, f = (g - mean) / scale, by what the conversations for
    training are like; mean and scale are stored with the weights.

    Args:
        features: F.
        width: D.
        dropout: Share of features dropped in training.
        measured: Whether the features come as they were measured, rather than from an encoder that learns with it.

    Shapes:
        features (…, F) -> nodes (…, D).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int, width: int, dropout: float, *, measured: bool = False) -> None:
        super().__init__()
        self.measured = measured
        if measured:
            self.register_buffer("mean", torch.zeros(features))
            self.register_buffer("scale", torch.ones(features))
        self.linear = nn.Linear(features, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor) -> Tensor:
        """Nodes (…, D) of (…, F) features."""
        if self.measured:
            features = (features - self.mean) / self.scale
        nodes: Tensor = self.dropout(F.relu(self.norm(self.linear(features))))
        return nodes

    @torch.no_grad()
    def expect(self, mean: Tensor, scale: Tensor) -> None:
        """Take over what measured features are normalised by: (F,) each, the scale above 0."""
        self.mean.copy_(mean)
        self.scale.copy_(scale)


class ReadOut(nn.Module):
    """What an utterance's nodes of one task say together: attention over the modalities it has.

        share_m = softmax_m(w . tanh(W x_m))        h = sum_m share_m x_m

    Args:
        width: D.

    Shapes:
        nodes (…, M, D), present (…, M) -> (…, D).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.weight = nn.Linear(width, 1, bias=False)

    def forward(self, nodes: Tensor, present: Tensor) -> Tensor:
        """(…, D) of (…, M, D) nodes, of which those not present (…, M) are left out; one of them is."""
        scores = self.weight(torch.tanh(self.hidden(nodes))).squeeze(-1)  # (…, M)
        shares = scores.masked_fill(~present, float("-inf")).softmax(-1)
        read: Tensor = (nodes * shares.unsqueeze(-1)).sum(-2)
        return read


class Head(nn.Module):
    """Class logits of one utterance.

    Shapes:
        rows (…, D) -> logits (…, C).
    """

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, classes)

    def forward(self, rows: Tensor) -> Tensor:
        """Logits (…, C) of (…, D) rows."""
        logits: Tensor = self.output(self.dropout(F.gelu(self.hidden(rows))))
        return logits


class PairHead(nn.Module):
    """Logit that one utterance caused the emotion of another.

    An MLP over [o_i^e ; P_e(i) ; o_j^c ; P_c(j) ; o_i^p * o_j^p ; position ; relation]: emotion, cause and pair streams
    of target i and candidate j, their class probabilities, where j stands and who spoke it. What its first layer makes
    of one utterance alone is computed once per utterance (`as_target`, `as_candidate`); `forward` adds what concerns
    both.

    Args:
        width: D, features of a stream.
        classes: C emotion labels.
        dropout: Share of features dropped in training.
        window: Which relative positions are candidates.

    Shapes:
        targets and candidates (…, 2 D), relation (…), offset (…) -> logits (…).
    """

    def __init__(self, width: int, classes: int, dropout: float, window: Window) -> None:
        super().__init__()
        self.window = window
        self.end_width = 2 * width
        self._parts = [width + classes, width + 2, width, _PAIR_POSITION_WIDTH, _PAIR_RELATION_WIDTH]
        self.position = nn.Embedding(window.width, _PAIR_POSITION_WIDTH)
        self.relation = nn.Embedding(len(Relation), _PAIR_RELATION_WIDTH)
        self.hidden = nn.Linear(sum(self._parts), width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, 1)

    def as_target(self, pair: Tensor, emotion: Tensor, probabilities: Tensor) -> Tensor:
        """What is read of utterances as targets, (…, 2 D).

        Args:
            pair: (…, D) pair streams.
            emotion: (…, D) emotion streams.
            probabilities: (…, C) of the emotions.
        """
        return torch.cat((pair, F.linear(torch.cat((emotion, probabilities), -1), self.parts()[0])), -1)

    def as_candidate(self, pair: Tensor, cause: Tensor, probabilities: Tensor) -> Tensor:
        """What is read of utterances as candidates, (…, 2 D).

        Args:
            pair: (…, D) pair streams.
            cause: (…, D) cause streams.
            probabilities: (…, 2) of being no cause, or one.
        """
        return torch.cat((pair, F.linear(torch.cat((cause, probabilities), -1), self.parts()[1])), -1)

    def forward(self, targets: Tensor, candidates: Tensor, relation: Tensor, offset: Tensor) -> Tensor:
        """Logits (…) of candidates.

        Args:
            targets: (…, 2 D), as `as_target` gives them.
            candidates: (…, 2 D), as `as_candidate` gives them.
            relation: (…) who spoke the candidate, seen from the target.
            offset: (…) relative position of the candidate.
        """
        pair, of_target = targets.chunk(2, -1)
        other, of_candidate = candidates.chunk(2, -1)
        _, _, product, position, speaker = self.parts()
        joint = F.linear(pair * other, product, self.hidden.bias) + of_target + of_candidate
        joint = joint + F.linear(self.position.weight, position)[offset + self.window.past]
        joint = joint + F.linear(self.relation.weight, speaker)[relation]
        logits: Tensor = self.output(self.dropout(F.gelu(joint))).squeeze(-1)
        return logits

    def parts(self) -> tuple[Tensor, ...]:
        """The first layer's weights (D, …): of the target, the candidate, their product, position, relation."""
        return torch.split(self.hidden.weight, self._parts, -1)
