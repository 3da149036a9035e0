"""What in a new AsyncAPI document breaks those who live by an older one: readers, and whoever sends commands."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SPELLING = ("pattern", "format")


def breaks(old: Json, new: Json) -> list[str]:
    """What breaks, in a line each; nothing where things were only added.

    What is published keeps its types and bounds, and every field stays. What is asked for may be taken more freely,
    never more strictly. An enumeration may grow: readers take a value that they do not know for one they do not handle.
    """
    return [*_channels(old, new), *_operations(old, new)]


def _channels(old: Json, new: Json) -> Iterator[str]:
    for name, channel in old["channels"].items():
        if name not in new["channels"]:
            yield f"{name}: the channel is gone"
            continue
        now = new["channels"][name]
        if now["address"] != channel["address"]:
            yield f"{name}: its address was {channel['address']}"
        for word, parameter in channel["parameters"].items():
            was, there = _at(old, parameter), _at(new, now["parameters"].get(word, {}))
            if there.get("x-pattern") != was["x-pattern"]:
                yield f"{name}: {{{word}}} matched {was['x-pattern']}"
        asked = any(one["action"] == "receive" and one["channel"] == _to(name) for one in old["operations"].values())
        for message, referred in channel["messages"].items():
            if message not in now["messages"]:
                yield f"{name}: the message {message} is gone"
            else:
                yield from _messages(old, new, _at(old, referred), _at(new, now["messages"][message]), asked)


def _operations(old: Json, new: Json) -> Iterator[str]:
    for name, operation in old["operations"].items():
        now = new["operations"].get(name)
        if now is None:
            yield f"{name}: the operation is gone"
            continue
        for part in ("action", "channel", "bindings", "reply"):
            if now.get(part) != operation.get(part):
                yield f"{name}: {part} is another"


def _messages(old: Json, new: Json, was: Json, now: Json, asked: bool) -> Iterator[str]:
    if now["contentType"] != was["contentType"]:
        yield f"{was['name']}: its content type was {was['contentType']}"
    yield from _Comparison(old, new, asked).compare(was["payload"], now["payload"], was["name"])


class _Comparison:
    """Holds a schema against its older form.

    Args:
        old: The older document.
        new: The newer one.
        asked: Whether others send it to us; else we send it to them.
    """

    def __init__(self, old: Json, new: Json, asked: bool) -> None:
        self._old = old
        self._new = new
        self._asked = asked

    def compare(self, was: Json, now: Json, path: str) -> Iterator[str]:
        was, now = _flat(self._old, was), _flat(self._new, now)
        if "anyOf" in was or "anyOf" in now:
            yield from self._alternatives(was, now, path)
            return
        if not self._same_type(was.get("type"), now.get("type")):
            yield f"{path}: its type was {was.get('type')}"
            return
        yield from self._values(was, now, path)
        yield from self._bounds(was, now, path)
        yield from self._fields(was, now, path)
        for part in ("items", "additionalProperties"):
            yield from self._within(was.get(part), now.get(part), f"{path}.{part}")

    def _alternatives(self, was: Json, now: Json, path: str) -> Iterator[str]:
        before = {_kind(self._old, one): one for one in was.get("anyOf", [was])}
        after = {_kind(self._new, one): one for one in now.get("anyOf", [now])}
        for kind in before.keys() - after.keys():
            yield f"{path}: it could be {kind}"
        for kind in after.keys() - before.keys():
            if not self._asked:
                yield f"{path}: it could not be {kind}"
        for kind in before.keys() & after.keys():
            yield from self.compare(before[kind], after[kind], path)
        yield from self._default(was, now, path)

    def _same_type(self, was: Any, now: Any) -> bool:
        return was == now or (self._asked and (was, now) == ("integer", "number"))

    def _values(self, was: Json, now: Json, path: str) -> Iterator[str]:
        before, after = _listed(was), _listed(now)
        if before is None and after is not None:
            yield f"{path}: it could be any {was.get('type')}"
        if before is not None and after is None and not self._asked:
            yield f"{path}: it was one of {before}"
        for value in before or ():
            if after is not None and value not in after:
                yield f"{path}: {value!r} is gone"
        yield from self._default(was, now, path)

    def _default(self, was: Json, now: Json, path: str) -> Iterator[str]:
        if self._asked and was.get("default") != now.get("default"):
            yield f"{path}: left away, it was {was.get('default')!r}"

    def _bounds(self, was: Json, now: Json, path: str) -> Iterator[str]:
        for name in (*_MOST, *_LEAST, *_SPELLING):
            before, after = was.get(name), now.get(name)
            if before != after and not (self._asked and _looser(name, before, after)):
                yield f"{path}: its {name} was {before}"

    def _fields(self, was: Json, now: Json, path: str) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        for name, schema in before.items():
            if name not in after:
                yield f"{path}.{name}: the field is gone"
            else:
                yield from self.compare(schema, after[name], f"{path}.{name}")
        needed, needs = set(was.get("required", ())), set(now.get("required", ()))
        for name in sorted(needs - needed if self._asked else needed - needs):
            yield f"{path}.{name}: it {'need not be given' if self._asked else 'was always there'}"

    def _within(self, was: Any, now: Any, path: str) -> Iterator[str]:
        if isinstance(was, dict) and isinstance(now, dict):
            yield from self.compare(was, now, path)
        elif was != now and not (self._asked and was is False):
            yield f"{path}: it was {was}"


def _looser(name: str, before: Any, after: Any) -> bool:
    """Whether everything that was taken before still is."""
    if after is None:
        return True
    if before is None or name in _SPELLING:
        return False
    return bool(after >= before if name in _MOST else after <= before)


def _listed(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _kind(document: Json, schema: Json) -> str:
    """What tells an alternative from the others."""
    flat = _flat(document, schema)
    return str(flat.get("type") or flat.get("const"))


def _flat(document: Json, schema: Json) -> Json:
    """A schema itself, where it is only referred to, together with what is said beside the reference."""
    schema = _at(document, schema)
    for part in schema.get("allOf", ()):
        schema = {**_flat(document, part), **{key: value for key, value in schema.items() if key != "allOf"}}
    return schema


def _at(document: Json, thing: Json) -> Json:
    while "$ref" in thing:
        found: Any = document
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        thing = found
    return thing


def _to(channel: str) -> Json:
    return {"$ref": f"#/channels/{channel}"}
