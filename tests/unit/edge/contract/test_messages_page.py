"""The page that describes the messages for people: it names every topic, and its examples keep to the document."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.stranger import Contract

PAGE = (Path(__file__).parents[4] / "docs" / "messages.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


def sections() -> dict[str, list[dict[str, Any]]]:
    """By its heading, the whole payloads that a section shows."""
    parts = re.split(r"^### (.+)$", PAGE, flags=re.MULTILINE)[1:]
    shown = [re.findall(r"```json\n({.*?)```", text.partition("\n## ")[0], re.DOTALL) for text in parts[1::2]]
    payloads = [[json.loads(example) for example in examples] for examples in shown]
    return {
        heading: [payload for payload in those if "schema" in payload or "request_id" in payload]
        for heading, those in zip(parts[::2], payloads, strict=True)
    }


def words(topic: str) -> list[str]:
    """A topic's words, the variable ones as `*`."""
    return ["*" if word[:1] in set("<{") else word for word in topic.split("/")]


def channels(contract: Contract, heading: str) -> list[str]:
    """The channels of the topics in a heading."""
    addresses = {name: words(one["address"])[3:] for name, one in contract.document["channels"].items()}
    topics = [words(topic) for topic in re.findall(r"`(.+?)`", heading)]
    found = [[name for name, address in addresses.items() if address == topic] for topic in topics]
    assert all(len(names) == 1 for names in found), heading
    return [name for (name,) in found]


def test_every_topic_has_a_section(contract):
    told = {name for heading in sections() for name in channels(contract, heading)}
    elsewhere = {"homeAssistant"}  # docs/integrations.md
    assert told | elsewhere == set(contract.document["channels"])


@pytest.mark.parametrize("heading, payloads", sections().items(), ids=sections().keys())
def test_its_examples_keep_to_the_document(contract, heading, payloads):
    assert payloads
    schemas = {
        contract.at(contract.at(message)["payload"])["properties"].get("schema", {}).get("const"): name
        for name, channel in contract.document["channels"].items()
        for message in channel["messages"].values()
        if "properties" in contract.at(contract.at(message)["payload"])
    }
    for payload in payloads:
        names = [schemas[payload["schema"]]] if "schema" in payload else channels(contract, heading)
        told = {name: contract.errors(name, json.dumps(payload).encode()) for name in names}
        assert [] in told.values(), told
