"""The JSON Schemas of all payloads in the form that AsyncAPI asks for: draft 7, shared definitions under one root."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from edge.wire.command import Command

WHERE: Final = "#/components/schemas/"
"""Under which the definitions lie in the document."""


def payload_schemas(payloads: Iterable[type[BaseModel]]) -> dict[str, dict[str, Any]]:
    """The schema of every payload and of all that they are made of, by name.

    What is published may grow: readers let pass what they do not know. What a node is asked for is held to the letter.
    """
    modes = [(payload, _mode(payload)) for payload in payloads]
    _, schema = models_json_schema(modes, ref_template=f"{WHERE}{{model}}")
    commands = {payload.__name__ for payload, mode in modes if mode == "validation"}
    return {
        name: _draft7(definition, open_ended=name not in commands)
        for name, definition in sorted(schema["$defs"].items())
    }


def _mode(payload: type[BaseModel]) -> JsonSchemaMode:
    return "validation" if issubclass(payload, Command) else "serialization"


def _draft7(definition: dict[str, Any], *, open_ended: bool) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(definition)
    if open_ended and plain.get("additionalProperties") is False:
        del plain["additionalProperties"]
    plain.pop("title", None)
    return plain


def _plain(value: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - any JSON value
    """A schema without the titles that only repeat names, and with nothing beside a `$ref`: draft 7 ignores that.

    Args:
        value: A part of a schema.
        names: Whether its keys are names of fields, one of which may be `title`.
    """
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {
        key: _plain(item, names=key == "properties" and not names)
        for key, item in value.items()
        if names or key != "title"
    }
    if "$ref" in plain and len(plain) > 1 and not names:
        return {"allOf": [{"$ref": plain.pop("$ref")}], **plain}
    return plain
