"""How far results are from those of the offline pass."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from model.analysis import Analysis, CauseResult, EmotionResult
from model.graph import Kind, Window
from model.graph_tensors import GraphTensors


@dataclass(slots=True)
class Said:
    """What an engine said last about each utterance of a conversation."""

    emotions: dict[int, EmotionResult] = field(default_factory=dict)
    causes: dict[int, CauseResult] = field(default_factory=dict)

    def hear(self, analysis: Analysis) -> None:
        """Take in what is new."""
        self.emotions.update((result.utterance, result) for result in analysis.emotions)
        self.causes.update((result.utterance, result) for result in analysis.causes)


class Reference:
    """Probabilities of a whole conversation by the offline pass, to compare others with.

    Args:
        emotion: (N, C).
        pair: (E,), in the order of the graph.
        graph: The graph.
        window: Which relative positions are candidates.
    """

    def __init__(self, emotion: Tensor, pair: Tensor, graph: GraphTensors, window: Window) -> None:
        candidates = graph.edges[Kind.CANDIDATE]
        self._emotion, self._past = emotion.cpu(), window.past
        self._pair = torch.full((len(emotion), window.width), torch.nan)
        self._pair[candidates.index[1].cpu(), candidates.offset.cpu() + window.past] = pair.cpu()

    def of_windowed(self, emotion: Tensor, pair: Tensor) -> float:
        """The largest difference to a windowed rerun's results for the newest utterance."""
        theirs = self._pair[-len(pair) :]
        return max(
            float((emotion.cpu() - self._emotion[-len(emotion) :]).abs().max()),
            float((pair.cpu() - theirs).abs().nan_to_num(0.0).max()),
        )

    def of_engine(self, said: Said) -> float:
        """The largest difference to what an engine said last about every utterance.

        Compared are the probabilities of all emotions, of all links that are named, and, since a neutral utterance
        names none, of having no cause.
        """
        emotion = torch.tensor([said.emotions[number].probabilities for number in range(len(self._emotion))])
        no_cause = torch.tensor([said.causes[number].no_cause_probability for number in range(len(self._emotion))])
        differences = [
            float((emotion - self._emotion).abs().max()),
            float((no_cause - (1 - self._pair).nan_to_num(1.0).prod(1)).abs().max()),
        ]
        links = [(result.utterance, link) for result in said.causes.values() for link in result.links]
        if links:
            target = torch.tensor([number for number, _ in links])
            source = torch.tensor([link.cause for _, link in links])
            ours = torch.tensor([link.probability for _, link in links])
            differences.append(float((ours - self._pair[target, source - target + self._past]).abs().max()))
        return max(differences)
