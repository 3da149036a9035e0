"""What a node says about itself: whether it is there, what it can do, how its stages are doing."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from edge.wire.envelope import SHORT_TEXT, Envelope, Wire
from realtime.events import Health


class Presence(StrEnum):
    """Whether a node is there."""

    ONLINE = "online"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    OFFLINE = "offline"


class NodeStatus(Envelope):
    """Whether a node is there. The broker says `offline` in its name when it vanishes: that is its last will."""

    schema_id: Literal["undertone.node-status/1"] = Field(default="undertone.node-status/1", alias="schema")
    status: Presence = Field(
        description="online: all is well; degraded: a stage is offline; stopped: ended on purpose; offline: vanished. "
        "Of an offline status, `at` is when the connection was made that broke."
    )
    since: AwareDatetime = Field(description="When this boot began, UTC.")
    version: str = Field(max_length=SHORT_TEXT, description="Version of undertone.")
    reason: str = Field(max_length=SHORT_TEXT, description="Why, in a few words; empty when all is well.")


class ModelReference(Wire):
    """Which weights say something."""

    name: str = Field(max_length=SHORT_TEXT, description="Name of the model.")
    version: str = Field(max_length=SHORT_TEXT, description="Version of the model or of the library that holds it.")
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$", description="Hash of the weights, where known.")


class PayloadLimits(Wire):
    """What a reader can rely on."""

    payload_bytes: int = Field(description="No payload is longer, bytes.")
    state_interval_s: float = Field(description="A conversation's state comes at most once in this time, seconds.")
    buffered_messages: int = Field(description="Messages that are kept while the broker is away.")


class NodeSwitches(Wire):
    """How a node is switched at this moment: by its settings, or by the command `set`."""

    camera: bool | None = Field(description="Whether the camera's pictures are looked at; null where there is none.")
    modalities: tuple[str, ...] = Field(description="What emotions are read from now: text, audio, video.")
    link_threshold: float = Field(ge=0, le=1, description="Least probability of a published link.")
    partials: bool = Field(description="Whether unfinished text is published.")
    opted_out: int = Field(ge=0, description="How many have opted out; who, is not published.")


class NodeInfo(Envelope):
    """What a node can do."""

    schema_id: Literal["undertone.node-info/1"] = Field(default="undertone.node-info/1", alias="schema")
    version: str = Field(max_length=SHORT_TEXT, description="Version of undertone.")
    models: dict[str, ModelReference] = Field(description="The model of each stage.")
    labels: tuple[str, ...] = Field(description="Emotions it tells apart, in no order.")
    modalities: tuple[str, ...] = Field(description="What emotions are read from: text, audio, video.")
    languages: tuple[str, ...] = Field(description="Languages it understands, ISO 639-1.")
    schemas: tuple[str, ...] = Field(description="Payloads it speaks, as `name/version`.")
    limits: PayloadLimits = Field(description="What a reader can rely on.")
    switches: NodeSwitches | None = Field(
        default=None, description="How it is switched at this moment; null where nothing can be."
    )


class StageHealth(Envelope):
    """How one stage of a node is doing."""

    schema_id: Literal["undertone.node-health/1"] = Field(default="undertone.node-health/1", alias="schema")
    stage: str = Field(description="The stage, as in the topic.")
    health: Health = Field(description="online, offline, disabled, or lagging: results come late.")
    reason: str = Field(max_length=SHORT_TEXT, description="Why, in a few words; empty when all is well.")
