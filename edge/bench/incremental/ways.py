"""The ways of computing the same results: the whole conversation, its last utterances, and the incremental engine."""

from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor

from edge.bench.incremental.conversation import SPEAKERS, RandomConversation
from edge.bench.incremental.deviation import Said
from edge.bench.incremental.subject import Subject
from model.analysis import Analysis
from model.graph_tensors import GraphTensors
from model.modality import Modality
from model.networks.observations import Observations
from model.networks.offline import OfflinePass
from realtime.incremental.engine import Arrival, IncrementalEngine

Windowed = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""A windowed rerun, compiled or not: features and places of the last utterances to emotions and pairs."""


class Way(Protocol):
    """One way of computing what a new utterance changes."""

    def prepare(self) -> None:
        """Get ready for the next utterance; not timed."""

    def run(self) -> object:
        """Compute; timed."""


class Full:
    """(a) The offline pass, with PyTorch Geometric, over the first N utterances; the graph's tensors are ready.

    Args:
        subject: Network and decision.
        conversation: At least N utterances.
        features: Theirs, on the network's device.
        size: N.
    """

    def __init__(self, subject: Subject, conversation: RandomConversation, features: Tensor, size: int) -> None:
        device = features.device
        self._subject = subject
        self._pass = OfflinePass(subject.network)
        self.graph: GraphTensors = conversation.graph(subject.network.settings.graph, size).to(device)
        present = torch.ones(size, 1, dtype=torch.bool, device=device)
        self._observed = Observations({Modality.TEXT: features[:size]}, present)

    def prepare(self) -> None:
        """Nothing: it reads the same utterances every time."""

    def run(self) -> tuple[Tensor, Tensor]:
        """Probabilities: emotions (N, C), and candidates (E,) in the order of the graph."""
        reading = self._pass(self._observed, self.graph)
        decision = self._subject.decision
        return decision.emotion_probabilities(reading.emotion), decision.pair_probabilities(reading.pair)


class Rerun:
    """(b), (c) The windowed rerun for the newest utterance.

    Args:
        windowed: As it is, or compiled.
        rows: How many of the last utterances it reads.
        features: (N, F) of the whole conversation.
        places: (N, W) of the whole conversation.
        size: How many utterances there are at first.
        growing: Whether each time there is one more; else the same again.
    """

    def __init__(
        self, windowed: Windowed, rows: int, features: Tensor, places: Tensor, size: int, *, growing: bool
    ) -> None:
        self._windowed, self._rows, self._growing = windowed, rows, growing
        self._features, self._places, self._size = features, places, size

    def prepare(self) -> None:
        """Let an utterance arrive."""
        self._size += self._growing

    def run(self) -> tuple[Tensor, Tensor]:
        """Probabilities of what the newest utterance can change: emotions, and pairs by relative position."""
        last = slice(self._size - self._rows, self._size)
        return self._windowed(self._features[last], self._places[last])


class Script:
    """A conversation as an engine is given it, utterance by utterance; after its end, from its beginning again."""

    def __init__(self, conversation: RandomConversation) -> None:
        self._features = conversation.features.cpu().numpy()
        self._speakers = [SPEAKERS[number] for number in conversation.speakers.tolist()]

    def arrival(self, lane: int, number: int, start: int = 0) -> Arrival:
        """An utterance of a lane whose first utterance is at `start`."""
        place = (start + number) % len(self._speakers)
        return Arrival(lane, number, {Modality.TEXT: self._features[place]}, self._speakers[place])


class Talks:
    """Conversations that an engine reads, each at its own utterance.

    Args:
        engine: Who reads.
        script: Whose utterances arrive, in every conversation from another place on.
        count: How many conversations.
    """

    def __init__(self, engine: IncrementalEngine, script: Script, count: int = 1) -> None:
        self._engine, self._script = engine, script
        self._lanes = [engine.open() for _ in range(count)]
        self._arrived = [0] * count

    def next(self, count: int = 1) -> list[Arrival]:
        """The next utterance of each of the first conversations."""
        arrivals = [self._script.arrival(self._lanes[start], self._arrived[start], start) for start in range(count)]
        for place in range(count):
            self._arrived[place] += 1
        return arrivals

    def step(self, arrivals: list[Arrival]) -> list[Analysis]:
        """What is new in their conversations."""
        return self._engine.step(arrivals)

    def read(self, utterances: int, count: int = 1) -> Iterator[Analysis]:
        """Read so many utterances of each of the first conversations; what is said about the first of them."""
        for _ in range(utterances):
            yield self.step(self.next(count))[0]

    def close(self) -> None:
        """Forget them all."""
        for lane in self._lanes:
            self._engine.close(lane)


class Incremental:
    """(d) A step of the engine with one arrival.

    Args:
        engine: Who reads.
        script: Whose utterances arrive.
        size: How many utterances there are at first.
        growing: Whether each time there is one more; else a new conversation is read up to the last but one.
    """

    def __init__(self, engine: IncrementalEngine, script: Script, size: int, *, growing: bool) -> None:
        self._engine, self._script, self._size, self._growing = engine, script, size, growing
        self._talk = Talks(engine, script)
        self._arrivals: list[Arrival] = []

    def begin(self, watch: Callable[[int], None]) -> Said:
        """Read the first utterances; what was said about them last. `watch` is told how many have been read."""
        said = Said()
        for number, analysis in enumerate(self._talk.read(self._size), start=1):
            said.hear(analysis)
            watch(number)
        return said

    def prepare(self) -> None:
        """Let an utterance arrive."""
        if not self._growing:
            self._talk.close()
            self._talk = Talks(self._engine, self._script)
            for _ in self._talk.read(self._size - 1):
                pass
        self._arrivals = self._talk.next()

    def run(self) -> list[Analysis]:
        """What is new: emotions and the probability of every candidate."""
        return self._talk.step(self._arrivals)

    def close(self) -> None:
        """Forget the conversation."""
        self._talk.close()


class SideBySide:
    """(e) A step of the engine with an arrival in each of several conversations, side by side.

    Args:
        talks: The conversations.
        count: How many of them.
    """

    def __init__(self, talks: Talks, count: int) -> None:
        self._talks, self._count = talks, count
        self._arrivals: list[Arrival] = []

    def prepare(self) -> None:
        """Let an utterance arrive in each."""
        self._arrivals = self._talks.next(self._count)

    def run(self) -> list[Analysis]:
        """What is new in each."""
        return self._talks.step(self._arrivals)
