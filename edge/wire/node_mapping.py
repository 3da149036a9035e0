"""How a node speaks about itself: its status, its abilities and the health of its stages as messages."""

from edge.wire.about import ModelInfo, NodeInfo
from edge.wire.envelope import MAX_BYTES
from edge.wire.message import Message, encode, shorten
from edge.wire.node import ModelReference, NodeStatus, NodeSwitches, PayloadLimits, Presence, StageHealth
from edge.wire.node import NodeInfo as NodeInfoPayload
from edge.wire.schemas import schema_ids
from edge.wire.stamp import Stamp
from realtime.events import Health, PartHealth


def reference(model: ModelInfo) -> ModelReference:
    """A model as the wire names it."""
    return ModelReference(name=model.name, version=model.version, sha256=model.sha256)


class NodeMapping:
    """Makes the messages of one node about itself; all of them are retained.

    Args:
        info: What the node is.
        stamp: Stamps every message.
        buffered_messages: How many messages are kept while the broker is away.
        state_interval_s: How often a conversation's state may be said, seconds.
    """

    def __init__(self, info: NodeInfo, stamp: Stamp, buffered_messages: int, state_interval_s: float) -> None:
        self._info = info
        self._stamp = stamp
        self._limits = PayloadLimits(
            payload_bytes=MAX_BYTES, state_interval_s=state_interval_s, buffered_messages=buffered_messages
        )
        self._offline: dict[str, str] = {}
        self._health = {stage: _first(stage, there=there) for stage, there in info.stages.items()}
        self.switches: NodeSwitches | None = None
        """How the node is switched at this moment."""

    def birth(self) -> Message:
        """`online`, or `degraded` while a stage is offline."""
        if not self._offline:
            return self._status(Presence.ONLINE, "")
        reason = "; ".join(f"{part}: {why}" if why else f"{part} offline" for part, why in self._offline.items())
        return self._status(Presence.DEGRADED, reason)

    def will(self) -> Message:
        """What the broker shall say if we vanish."""
        return self._status(Presence.OFFLINE, "the connection broke")

    def farewell(self, reason: str) -> Message:
        """`stopped`: we end on purpose."""
        return self._status(Presence.STOPPED, reason)

    def abilities(self) -> Message:
        """What the node can do."""
        info = self._info
        models = {"analyse": info.network, **info.models}
        payload = NodeInfoPayload(
            **self._stamp.fields(),
            version=info.version,
            models={stage: reference(model) for stage, model in models.items()},
            labels=info.labels,
            modalities=info.modalities,
            languages=(info.language,),
            schemas=schema_ids(),
            limits=self._limits,
            switches=self.switches,
        )
        return Message(info.topics.info, encode(payload), retain=True)

    def stages(self) -> tuple[Message, ...]:
        """How every stage is doing that is told of from the beginning: an earlier boot may have left other words."""
        return tuple(map(self._stage, self._health.values()))

    def health(self, event: PartHealth) -> tuple[Message, ...]:
        """How a stage is doing, and the node's status where that changes it; nothing where that was said before."""
        if self._health.get(event.part) == event:
            return ()
        if event.part in self._health:
            self._health[event.part] = event
        health = self._stage(event)
        before = dict(self._offline)
        if event.health is Health.OFFLINE:
            self._offline[event.part] = event.reason
        else:
            self._offline.pop(event.part, None)
        return (health,) if before == self._offline else (health, self.birth())

    def _stage(self, event: PartHealth) -> Message:
        payload = StageHealth(
            **self._stamp.fields(), stage=event.part, health=event.health, reason=shorten(event.reason)
        )
        return Message(self._info.topics.health(event.part), encode(payload), retain=True)

    def _status(self, status: Presence, reason: str) -> Message:
        payload = NodeStatus(
            **self._stamp.fields(),
            status=status,
            since=self._stamp.since,
            version=self._info.version,
            reason=shorten(reason),
        )
        return Message(self._info.topics.status, encode(payload), retain=True)


def _first(stage: str, *, there: bool) -> PartHealth:
    return PartHealth(stage, Health.ONLINE, "") if there else PartHealth(stage, Health.DISABLED, "this node has none")
