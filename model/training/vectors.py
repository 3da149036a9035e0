"""A training on vectors that somebody extracted: what each modality is worth, and what connecting them is worth.

The only set at hand in which words, voice and face are of the same person and moment has vectors instead of words and
sound (`model.datasets.mosi`). The network is the one that reads conversations, each segment being a conversation of one
utterance; only its emotion head learns, to tell the two labels apart.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from model.config import Config
from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.datasets.mosi import LABELS, Mosi, Segments, load
from model.graph import ConversationGraph
from model.graph_tensors import GraphTensors, graph_tensors, join
from model.layers.heads import Projection
from model.modality import Modality
from model.networks import mtml
from model.networks.mtml import MTML
from model.networks.observations import Observations
from model.networks.offline import OfflinePass
from model.sensed import Sensed
from model.training.averaging import WeightAverage
from model.training.dropping import drop
from model.training.progress import Progress, Step, Stopped


class VectorRow(Config):
    """One network of the table."""

    modalities: Annotated[tuple[Modality, ...], Field(min_length=1)] = Field(
        tuple(Modality), description="What it reads."
    )
    cross_modal: bool = Field(default=True, description="Whether its modalities read each other.")


class VectorSettings(Config):
    """What is trained on the vectors, and how."""

    vectors: Path = Field(description="CMU-MOSI's vectors, .npz; see model/datasets/mosi.py.")
    rows: dict[str, VectorRow] = Field(min_length=1, description="The networks that are compared, by name.")
    seeds: tuple[int, ...] = Field((1, 2, 3), min_length=1, description="One run each.")
    threads: int = Field(1, ge=1, le=256, description="CPU threads to compute with.")
    epochs: int = Field(12, ge=1, le=200, description="Passes over the segments; the best on dev counts.")
    batch: int = Field(64, ge=1, le=1024, description="Segments a step.")
    rate: float = Field(1e-3, gt=0, lt=1, description="Learning rate.")
    weight_decay: float = Field(0.05, ge=0, lt=1, description="AdamW's decay.")
    averaging: float = Field(0.98, ge=0, lt=1, description="Weight of the past in the running average of the weights.")
    width: int = Field(48, ge=4, description="Features of a node.")
    dropout: float = Field(0.3, ge=0, lt=1, description="Share of features dropped in training.")
    modality_dropout: float = Field(
        0.2, ge=0, le=1, description="Share of segments shown without some of their modalities, never without all."
    )


@dataclass(frozen=True, slots=True)
class VectorResult:
    """What one network came to, over the seeds.

    Attributes:
        name: Of its row.
        dev: Accuracy on what selected the epoch, per seed.
        test: Accuracy on the test part, which selected nothing, per seed.
    """

    name: str
    dev: tuple[float, ...]
    test: tuple[float, ...]


def compare(settings: VectorSettings, only: tuple[str, ...], progress: Progress) -> list[VectorResult]:
    """Train every row with every seed.

    Args:
        settings: All rows.
        only: Names of the rows to train; empty for all.
        progress: Who is told how it goes, and may stop it.

    Raises:
        DataError: The vectors cannot be read.
        Stopped: `progress` asked for it.
    """
    torch.set_num_threads(settings.threads)
    data = load(settings.vectors)
    results = []
    for name, row in settings.rows.items():
        if only and name not in only:
            continue
        progress.note(f"row: {name}")
        runs = [_Run(f"{name}, seed {seed}", settings, row, seed, data).best(progress) for seed in settings.seeds]
        dev, test = zip(*runs, strict=True)
        results.append(VectorResult(name, dev, test))
    return results


def table(results: Sequence[VectorResult]) -> str:
    """The results as a Markdown table: mean and standard deviation of the accuracy over the seeds."""
    lines = [["", "dev accuracy", "test accuracy", "seeds"], ["---"] * 4]
    lines += [[each.name, _spread(each.dev), _spread(each.test), str(len(each.test))] for each in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class _Run:
    """One network that learns.

    Args:
        name: For whoever watches.
        settings: Of all rows.
        row: Which network.
        seed: Of its weights, its order and its dropout.
        data: What to learn from, select by and measure.
    """

    def __init__(self, name: str, settings: VectorSettings, row: VectorRow, seed: int, data: Mosi) -> None:
        torch.manual_seed(seed)
        self._name, self._settings, self._data, self._random = name, settings, data, Random(seed)
        self._network = MTML(_network(settings, row, data))
        _expect(self._network, data.train)
        self._read = OfflinePass(self._network)
        parameters = list(self._network.parameters())
        self._optimiser = AdamW(parameters, lr=settings.rate, weight_decay=settings.weight_decay)
        self._average = WeightAverage(parameters, settings.averaging)

    def best(self, progress: Progress) -> tuple[float, float]:
        """Accuracy on dev and on test after the epoch that did best on dev; of several, where dev was likeliest."""
        best, accuracies = (-1.0, 0.0), (0.0, 0.0)
        batches = -(-len(self._data.train.labels) // self._settings.batch)
        for epoch in range(self._settings.epochs):
            for number, rows in enumerate(self._batches(), start=1):
                loss = self._learn(self._data.train.chosen(rows))
                progress.step(Step(self._name, epoch * batches + number, self._settings.epochs * batches, loss))
                if progress.stopping:
                    raise Stopped
            with self._average.applied():
                dev, likelihood = self._measure(self._data.dev)
                if (dev, likelihood) > best:
                    best, accuracies = (dev, likelihood), (dev, self._measure(self._data.test)[0])
        return accuracies

    def _batches(self) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        order = list(range(len(self._data.train.labels)))
        self._random.shuffle(order)
        size = self._settings.batch
        return (np.array(order[start : start + size]) for start in range(0, len(order), size))

    def _learn(self, segments: Segments) -> float:
        self._network.train()
        observed, graph = self._shown(segments)
        reading = self._read(self._with_less(observed), graph)
        gold = torch.from_numpy(segments.labels)
        costs = [F.cross_entropy(emotion, gold) for emotion, _ in reading.rounds]
        loss = torch.stack(costs).mean()
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._average.update()
        return loss.item()

    @torch.inference_mode()
    def _measure(self, segments: Segments) -> tuple[float, float]:
        """Accuracy, and mean log-likelihood."""
        self._network.eval()
        logits, gold = self._read(*self._shown(segments)).emotion, torch.from_numpy(segments.labels)
        return (logits.argmax(-1) == gold).float().mean().item(), -F.cross_entropy(logits, gold).item()

    def _shown(self, segments: Segments) -> tuple[Observations, GraphTensors]:
        read, count = self._network.settings.modalities, len(segments.labels)
        features = {modality: torch.from_numpy(segments.features[modality]) for modality in read}
        present = torch.ones(count, len(read), dtype=torch.bool)
        return Observations(features, present), join([self._alone()] * count)

    def _with_less(self, observed: Observations) -> Observations:
        """The same, some modalities hidden; a network of one, or without words, sees them all."""
        sizes = self._network.settings.features
        beyond = {modality: values for modality, values in observed.features.items() if modality is not Modality.TEXT}
        if not beyond or Modality.TEXT not in sizes:
            return observed
        there = torch.ones(len(observed.present), dtype=torch.bool)
        sensed: dict[Modality, Sensed] = {modality: Sensed(values, there) for modality, values in beyond.items()}
        kept, worded = drop(sensed, self._settings.modality_dropout, self._random)
        return Observations.of(sizes, observed.features[Modality.TEXT], kept, worded)

    def _alone(self) -> GraphTensors:
        """The graph of a conversation of one utterance."""
        said = [Utterance("0", 0, UNKNOWN_SPEAKER, "")]
        return graph_tensors(ConversationGraph.fold(said, self._network.settings.graph))


def _network(settings: VectorSettings, row: VectorRow, data: Mosi) -> mtml.Settings:
    widths = {modality: data.train.features[modality].shape[1] for modality in row.modalities}
    return mtml.Settings(
        features=widths,
        width=settings.width,
        dropout=settings.dropout,
        labels=LABELS,
        cross_modal=row.cross_modal,
    )


def _expect(network: MTML, train: Segments) -> None:
    """Let a network expect the mean and the spread that vectors have in what it learns from."""
    for modality, projection in network.projections.items():
        values = torch.from_numpy(train.features[Modality(modality)])
        if cast("Projection", projection).measured:
            cast("Projection", projection).expect(values.mean(0), _scale(values))


def _scale(values: Tensor) -> Tensor:
    """(F,) standard deviations, 1 where a column hardly changes."""
    deviation = values.std(0)
    return deviation.where(deviation > 1e-3 * deviation.mean(), 1.0)


def _spread(values: Sequence[float]) -> str:
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.fmean(values):.3f} ± {deviation:.3f}"
