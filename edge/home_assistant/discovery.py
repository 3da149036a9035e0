"""The message by which Home Assistant learns of a node: one device, its sensors, and how to read our topics.

Formats: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload, sensor.mqtt, binary_sensor.mqtt.
The sensors read `conv/<id>/<subject>` themselves, so that nothing is published twice: a `state_topic` may hold
wildcards, and the templates (`edge.home_assistant.templates`) pick what is this node's. The topics with words have
one more level, so none of them is read.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from edge.home_assistant.templates import behind, last_spoken, present, speaking
from edge.wire.about import NodeInfo
from edge.wire.envelope import MAX_BYTES
from edge.wire.message import AT_LEAST_ONCE, Message
from edge.wire.node import Presence

_PRODUCT: Final = "undertone"
_AVAILABLE: Final = (Presence.ONLINE, Presence.DEGRADED)


def discovery_topic(info: NodeInfo, prefix: str) -> str:
    """Where Home Assistant expects the device of a node."""
    return f"{prefix}/device/{object_id(info)}/config"


def object_id(info: NodeInfo) -> str:
    """The device's id. An underscore never stands in the names it joins, so no two nodes share one."""
    return f"{_PRODUCT}_{info.site}_{info.node}"


def discovery(info: NodeInfo, prefix: str) -> Message:
    """The device of a node, retained: whenever Home Assistant starts, it finds it.

    Args:
        info: What the node is.
        prefix: Where Home Assistant looks for devices.

    Raises:
        ValueError: It is longer than any payload of ours may be.
    """
    payload = {
        "device": {
            "identifiers": [object_id(info)],
            "name": f"{_PRODUCT} {info.node}",
            "manufacturer": _PRODUCT,
            "model": f"listens at {info.site}",
            "sw_version": info.version,
        },
        "origin": {"name": _PRODUCT, "sw_version": info.version},
        "availability": _availability(info),
        "state_topic": info.topics.any_conversation("+"),
        "qos": AT_LEAST_ONCE,
        "components": {name: _component(info, name, about) for name, about in _components(info).items()},
    }
    encoded = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    if len(encoded) >= MAX_BYTES:
        raise ValueError(f"Home Assistant's device has {len(encoded)} bytes; less than {MAX_BYTES} are promised")
    return Message(discovery_topic(info, prefix), encoded, retain=True)


def _availability(info: NodeInfo) -> list[dict[str, str]]:
    known = " or ".join(f"value_json.status == '{status}'" for status in _AVAILABLE)
    template = f"{{{{ 'online' if value_json is defined and ({known}) else 'offline' }}}}"
    return [{"topic": info.topics.status, "value_template": template}]


def _component(info: NodeInfo, name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    return {"unique_id": f"{object_id(info)}_{name}", **about}


def _components(info: NodeInfo) -> dict[str, dict[str, Any]]:
    """What there is to see, by a name that never changes."""
    number = {"platform": "sensor", "state_class": "measurement", "suggested_display_precision": 2}
    return {
        "mood": {
            "platform": "sensor",
            "name": "Mood",
            "icon": "mdi:emoticon-outline",
            "device_class": "enum",
            "options": list(info.labels),
            "value_template": last_spoken(info.node, "speaker.label", keep=present(info.labels)),
        },
        "valence": {
            **number,
            "name": "Valence",
            "icon": "mdi:thumbs-up-down-outline",
            "value_template": last_spoken(info.node, "speaker.affect.valence if speaker.affect else 'None'"),
        },
        "arousal": {
            **number,
            "name": "Arousal",
            "icon": "mdi:pulse",
            "value_template": last_spoken(info.node, "speaker.affect.arousal if speaker.affect else 'None'"),
        },
        "speaker": {
            "platform": "sensor",
            "name": "Spoke last",
            "icon": "mdi:account-voice",
            "value_template": last_spoken(info.node, "name", keep=present()),
        },
        "speaking": {
            "platform": "binary_sensor",
            "name": "Speaking",
            "device_class": "sound",
            "value_template": speaking(info.node),
        },
        "behind": {
            "platform": "binary_sensor",
            "name": "Results come late",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "value_template": behind(info.node),
        },
    }
