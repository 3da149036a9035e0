"""The rules of the graph: which utterances are connected, said once for training and for the live pipeline.

A conversation is a graph that grows. Every utterance brings an emotion node and a cause node; connections reach a fixed
number of utterances back and, where a network may look ahead, a fixed number forward. Nothing here knows tensors.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pydantic import Field

from model.config import Config
from model.conversation import UNKNOWN_SPEAKER, Utterance


class Kind(StrEnum):
    """What a connection is for."""

    INTRA = "intra"
    """Between nodes of the same task: emotion to emotion, and cause to cause."""
    CROSS_TASK = "cross_task"
    """Between the tasks: cause to emotion, and emotion to cause."""
    ROUND = "round"
    """From both tasks' distributions to both tasks, between one round of explicit mutual learning and the next."""
    CANDIDATE = "candidate"
    """A possible link: the source may have caused the emotion of the target."""


class Relation(IntEnum):
    """Who spoke the source of a connection, seen from its target; the value is the row in embedding tables."""

    SELF = 0
    """The same utterance."""
    SAME_SPEAKER = 1
    OTHER_SPEAKER = 2
    UNKNOWN = 3
    """One of the two speakers is not known."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One directed connection between two utterances.

    Attributes:
        source: Index of the utterance that is read.
        target: Index of the utterance that reads.
        relation: Who spoke the source, seen from the target.
    """

    source: int
    target: int
    relation: Relation

    @property
    def offset(self) -> int:
        """Relative position of the source: negative for earlier utterances, 0 for the same, positive for later ones."""
        return self.source - self.target


@dataclass(frozen=True, slots=True)
class GraphDelta:
    """What one arriving utterance adds to the graph.

    Attributes:
        index: Index of the utterance that arrived; its emotion node and its cause node are new.
        connections: Per kind, the connections that exist from now on, ordered by target, then source.
    """

    index: int
    connections: Mapping[Kind, tuple[Connection, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """How far connections of one kind reach.

    Attributes:
        past: How many earlier utterances a target reads.
        ahead: How many later utterances a target reads; 0 is strictly causal.
    """

    past: int
    ahead: int

    @property
    def width(self) -> int:
        """How many relative positions there are, the target's own among them."""
        return self.past + self.ahead + 1


class GraphRules(Config):
    """How far each kind of connection reaches, in utterances."""

    past: int = Field(10, ge=0, le=64, description="Earlier utterances a node reads within its task (utterances).")
    ahead: int = Field(
        0, ge=0, le=8, description="Later utterances a node reads within its task; 0 is strictly causal."
    )
    cross_task_past: int = Field(
        10, ge=0, le=64, description="Earlier utterances a node reads across tasks (utterances)."
    )
    cross_task_ahead: int = Field(0, ge=0, le=8, description="Later utterances a node reads across tasks (utterances).")
    round_past: int = Field(
        5, ge=0, le=64, description="Earlier utterances whose distributions a later round reads (utterances)."
    )
    round_ahead: int = Field(
        0, ge=0, le=8, description="Later utterances whose distributions a later round reads (utterances)."
    )
    cause_past: int = Field(10, ge=0, le=64, description="Earlier utterances that may be a cause (utterances).")
    cause_ahead: int = Field(0, ge=0, le=8, description="Later utterances that may be a cause (utterances).")

    def window(self, kind: Kind) -> Window:
        """How far connections of this kind reach."""
        match kind:
            case Kind.INTRA:
                return Window(self.past, self.ahead)
            case Kind.CROSS_TASK:
                return Window(self.cross_task_past, self.cross_task_ahead)
            case Kind.ROUND:
                return Window(self.round_past, self.round_ahead)
            case Kind.CANDIDATE:
                return Window(self.cause_past, self.cause_ahead)

    @property
    def reach(self) -> int:
        """The largest distance between two connected utterances."""
        return max(max(window.past, window.ahead) for window in map(self.window, Kind))


class ConversationGraph:
    """A conversation's graph, growing one utterance at a time.

    Args:
        rules: Which utterances are connected.
        keep: How many of the last utterances to hold with their connections, or None for all. Growing needs only the
            last `rules.reach` speakers, so the memory of a live graph does not depend on the conversation's length.
    """

    def __init__(self, rules: GraphRules, keep: int | None = None) -> None:
        self.rules = rules
        self._size = 0
        self._speakers: deque[str] = deque(maxlen=rules.reach + 1)
        self._utterances: deque[Utterance] = deque(maxlen=keep)
        self._deltas: deque[GraphDelta] = deque(maxlen=keep)

    @classmethod
    def fold(cls, utterances: Iterable[Utterance], rules: GraphRules) -> "ConversationGraph":
        """The graph of a whole conversation: every utterance added in turn."""
        graph = cls(rules)
        for utterance in utterances:
            graph.add(utterance)
        return graph

    def add(self, utterance: Utterance) -> GraphDelta:
        """Let the next utterance arrive.

        Returns:
            The connections that exist from now on.

        Raises:
            ValueError: The utterance's index is not the next one.
        """
        if utterance.index != self._size:
            raise ValueError(f"utterance {utterance.index} arrived where {self._size} was next")
        self._size += 1
        self._speakers.append(utterance.speaker)
        delta = GraphDelta(utterance.index, {kind: self._connect(utterance.index, kind) for kind in Kind})
        self._utterances.append(utterance)
        self._deltas.append(delta)
        return delta

    @property
    def size(self) -> int:
        """How many utterances have arrived, held or not."""
        return self._size

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """The utterances that are held, in order."""
        return tuple(self._utterances)

    @property
    def deltas(self) -> tuple[GraphDelta, ...]:
        """What each held utterance added, in order of arrival."""
        return tuple(self._deltas)

    def connections(self, kind: Kind) -> tuple[Connection, ...]:
        """All held connections of one kind, in order of arrival."""
        return tuple(connection for delta in self._deltas for connection in delta.connections[kind])

    def _connect(self, newest: int, kind: Kind) -> tuple[Connection, ...]:
        window = self.rules.window(kind)
        earlier_targets = range(max(0, newest - window.ahead), newest)
        sources = range(max(0, newest - window.past), newest + 1)
        ends = [(newest, target) for target in earlier_targets] + [(source, newest) for source in sources]
        return tuple(Connection(source, target, self._relation(source, target)) for source, target in ends)

    def _relation(self, source: int, target: int) -> Relation:
        if source == target:
            return Relation.SELF
        pair = self._speaker(source), self._speaker(target)
        if UNKNOWN_SPEAKER in pair:
            return Relation.UNKNOWN
        return Relation.SAME_SPEAKER if pair[0] == pair[1] else Relation.OTHER_SPEAKER

    def _speaker(self, index: int) -> str:
        return self._speakers[index - self._size]
