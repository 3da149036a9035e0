"""What Home Assistant does with a discovery message: checks it, and shows what its templates make of messages.

Written from its documentation (https://www.home-assistant.io/integrations/mqtt/, sensor.mqtt, binary_sensor.mqtt).
"""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema
from jinja2 import StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from paho.mqtt.client import topic_matches_sub

_TEXT = {"type": "string", "minLength": 1}
_ENTITY = {
    "platform": {"enum": ["sensor", "binary_sensor"]},
    "unique_id": {"type": "string", "pattern": "^[a-zA-Z0-9_-]+$"},
    "name": _TEXT,
    "icon": {"type": "string", "pattern": "^mdi:[a-z-]+$"},
    "device_class": _TEXT,
    "entity_category": {"enum": ["config", "diagnostic"]},
    "value_template": _TEXT,
}
_SENSOR = {
    **_ENTITY,
    "platform": {"const": "sensor"},
    "device_class": {"const": "enum"},
    "options": {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True},
    "state_class": {"const": "measurement"},
    "suggested_display_precision": {"type": "integer", "minimum": 0},
}
_BINARY_SENSOR = {
    **_ENTITY,
    "platform": {"const": "binary_sensor"},
    "device_class": {"enum": ["sound", "problem", "connectivity", "running"]},
}
_REQUIRED = ["platform", "unique_id", "value_template"]


def _object(properties: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **more,
    }


# Options go with the class enum and with nothing else.
_EXCLUSIVE = {
    "dependentRequired": {"options": ["device_class"], "device_class": ["options"]},
    "not": {"required": ["options", "state_class"]},
}
DEVICE = _object(
    {
        "device": _object(
            {
                "identifiers": {"type": "array", "items": _TEXT, "minItems": 1},
                **dict.fromkeys(("name", "manufacturer", "model", "sw_version"), _TEXT),
            },
            ["identifiers"],
        ),
        "origin": _object({"name": _TEXT, "sw_version": _TEXT, "support_url": _TEXT}, ["name"]),
        "availability": {
            "type": "array",
            "items": _object({"topic": _TEXT, "value_template": _TEXT}, ["topic"]),
        },
        "state_topic": _TEXT,
        "qos": {"enum": [0, 1, 2]},
        "components": {
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    _object(_SENSOR, _REQUIRED, **_EXCLUSIVE),
                    _object(_BINARY_SENSOR, _REQUIRED),
                ]
            },
        },
    },
    ["device", "origin", "components"],
)


class _Undefined(StrictUndefined):
    """What is not there may be compared; whatever else is done with it, Home Assistant writes a complaint."""

    __eq__ = Undefined.__eq__
    __ne__ = Undefined.__ne__
    __hash__ = Undefined.__hash__


@dataclass
class _Shown:
    """`this` in a template: an entity as it is shown."""

    state: str = "unknown"


class HomeAssistant:
    """The entities of one device, as somebody at its screen sees them."""

    def __init__(self, device: bytes) -> None:
        """Set up what the discovery message describes."""
        self.device = json.loads(device)
        jsonschema.validate(self.device, DEVICE)
        environment = ImmutableSandboxedEnvironment(undefined=_Undefined)
        self._available = environment.from_string(self.device["availability"][0]["value_template"])
        self.available = False
        self.shown = {name: _Shown() for name in self.device["components"]}
        self._templates = {
            name: environment.from_string(about["value_template"]) for name, about in self.device["components"].items()
        }

    @property
    def states(self) -> dict[str, str]:
        return {name: shown.state for name, shown in self.shown.items()}

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message, if a topic of the device matches."""
        values = {"value": payload.decode()}
        if payload:
            values["value_json"] = json.loads(payload)
        if topic_matches_sub(self.device["availability"][0]["topic"], topic):
            self.available = {"online": True, "offline": False}[self._available.render(values)]
        if topic_matches_sub(self.device["state_topic"], topic):
            for name, template in self._templates.items():
                self._take(name, template.render(values, this=self.shown[name]).strip())

    def _take(self, name: str, result: str) -> None:
        about, shown = self.device["components"][name], self.shown[name]
        if about["platform"] == "binary_sensor":
            if result:
                shown.state = {"ON": "on", "OFF": "off", "None": "unknown"}[result]
        elif result == "None":
            shown.state = "unknown"
        elif "state_class" in about:
            if result:
                shown.state = str(float(result))
        else:
            assert result in about.get("options", [result])
            assert 0 < len(result) <= 255
            shown.state = result
