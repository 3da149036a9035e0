"""The JSON Schemas of everything that is published, by schema id."""

from typing import Any, Final

from edge.wire.activity import Activity
from edge.wire.alert import Alert
from edge.wire.cause import Cause
from edge.wire.command import Reply
from edge.wire.conversation import ConversationMeta, ConversationState, Lifecycle
from edge.wire.emotion import Emotion
from edge.wire.envelope import Envelope
from edge.wire.error import ConversationError
from edge.wire.node import NodeInfo, NodeStatus, StageHealth
from edge.wire.stats import NodeStats
from edge.wire.transcript import FinalTranscript, PartialTranscript

PAYLOADS: Final[tuple[type[Envelope], ...]] = (
    NodeStatus,
    NodeInfo,
    StageHealth,
    NodeStats,
    Lifecycle,
    ConversationMeta,
    ConversationState,
    Activity,
    PartialTranscript,
    FinalTranscript,
    Emotion,
    Cause,
    Alert,
    ConversationError,
    Reply,
)
"""Every payload there is."""


def schema_id(payload: type[Envelope]) -> str:
    """Name and version of a payload, such as `undertone.emotion/1`."""
    return str(payload.model_fields["schema_id"].default)


def schema_ids() -> tuple[str, ...]:
    """Name and version of every payload."""
    return tuple(map(schema_id, PAYLOADS))


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every payload, by schema id.

    A reader must not stumble over a field that a later undertone adds: unlike the models here, the schemas allow them.
    """
    return {schema_id(payload): _for_readers(payload) for payload in PAYLOADS}


def _for_readers(payload: type[Envelope]) -> dict[str, Any]:
    schema = payload.model_json_schema(mode="serialization")
    for definition in (schema, *schema.get("$defs", {}).values()):
        if definition.get("additionalProperties") is False:
            del definition["additionalProperties"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
