"""The AsyncAPI document: up to date, valid, and complete."""

import json
import re
from collections.abc import Iterator

import jsonschema
import pytest
from pydantic import ValidationError

from edge.contract.asyncapi import as_yaml, document
from edge.contract.subjects import ANSWERED, ASKED, PUBLISHED
from edge.wire.schemas import PAYLOADS
from edge.wire.topics import Topics
from tests.asyncapi_form import Document
from tests.stranger import DOCUMENT, Contract

CONVERSATION = "c0ffee00-0000-4000-8000-000000000001"
NEWER_THAN_DRAFT_7 = {"$defs", "prefixItems", "dependentSchemas", "unevaluatedProperties", "$dynamicRef", "minContains"}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


def parts(thing: object, path: str = "#") -> Iterator[tuple[str, dict]]:
    """Every object of the document and where it stands, examples left out."""
    if isinstance(thing, dict):
        yield path, thing
        for name, value in thing.items():
            if name != "examples":
                yield from parts(value, f"{path}/{name}")
    elif isinstance(thing, list):
        for number, value in enumerate(thing):
            yield from parts(value, f"{path}/{number}")


def test_the_committed_document_is_the_generated_one():
    assert DOCUMENT.read_text(encoding="utf-8") == as_yaml(document()), "run: undertone schema --asyncapi --out docs"


def test_it_keeps_to_the_specification_of_asyncapi_3(contract):
    Document.model_validate(contract.document)


def test_what_the_specification_does_not_know_is_found(contract):
    operation = contract.document["operations"]["sendEmotion"]
    for broken in (
        {"asyncapi": "2.6.0"},
        {"channels": {"status": {"adress": "x"}}},
        {"operations": {"sendEmotion": operation | {"action": "publish"}}},
        {"operations": {"sendEmotion": operation | {"bindings": {"mqtt": {"qos": 3}}}}},
    ):
        with pytest.raises(ValidationError):
            Document.model_validate(contract.document | broken)


def test_every_reference_leads_somewhere(contract):
    for _, part in parts(contract.document):
        if "$ref" in part:
            assert contract.at(part) is not None, part["$ref"]
            assert list(part) == ["$ref"]


def test_everything_that_can_be_used_is_used(contract):
    used = {part["$ref"] for _, part in parts(contract.document) if "$ref" in part}
    there = {f"#/components/{kind}/{name}" for kind, named in contract.document["components"].items() for name in named}
    assert there == {reference for reference in used if reference.startswith("#/components/")}


def test_every_word_of_an_address_is_declared_and_no_other(contract):
    for channel in contract.document["channels"].values():
        assert re.findall(r"{(\w+)}", channel["address"]) == list(channel.get("parameters", {}))
        for parameter in map(contract.at, channel["parameters"].values()):
            assert all(re.fullmatch(parameter["x-pattern"], example) for example in parameter["examples"])


def test_every_channel_has_one_operation_with_its_bindings(contract):
    operations = contract.document["operations"].values()
    assert sorted(one["channel"]["$ref"].rpartition("/")[2] for one in operations) == sorted(
        contract.document["channels"]
    )
    for operation in operations:
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")
        assert operation["bindings"]["mqtt"].keys() >= {"qos", "retain", "bindingVersion"}


def test_every_command_is_answered_where_its_sender_says(contract):
    for operation in contract.document["operations"].values():
        if operation["action"] == "receive":
            channel = contract.at(operation["reply"]["channel"])
            command = contract.at(contract.at(contract.at(operation["messages"][0]))["payload"])
            for word in ("client", "request_id"):
                field = contract.at(channel["parameters"][word])["location"].removeprefix("$message.payload#/")
                assert field in command["required"]


def test_where_the_topic_repeats_the_payload_the_payload_has_that_field(contract):
    for channel in contract.document["channels"].values():
        schemas = [contract.at(contract.at(message)["payload"]) for message in channel["messages"].values()]
        for parameter in map(contract.at, channel["parameters"].values()):
            field = parameter.get("location", "").partition("#/")[2]
            assert all(field in schema["properties"] for schema in schemas if field and "properties" in schema)


def test_payload_schemas_are_schemas_of_draft_7(contract):
    for schema in contract.document["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)
        assert not NEWER_THAN_DRAFT_7 & {name for _, part in parts(schema) for name in part}


def test_every_example_is_valid_and_ours(contract):
    types = {subject.name: subject.payload for subject in (*PUBLISHED, *ASKED.values(), ANSWERED)}
    for name, message in contract.document["components"]["messages"].items():
        for example in message.get("examples", ()):
            text = json.dumps(example["payload"])
            assert [
                error.message for error in contract.validator(message["payload"]).iter_errors(example["payload"])
            ] == []
            types[name].model_validate_json(text)


def test_a_field_of_tomorrow_passes_in_what_is_published_and_not_in_what_is_asked_for(contract):
    for name, message in contract.document["components"]["messages"].items():
        for example in message.get("examples", ()):
            refused = list(contract.validator(message["payload"]).iter_errors(example["payload"] | {"added_later": 1}))
            assert bool(refused) == name.endswith("Command")


def test_every_payload_stands_in_it():
    assert {subject.payload for subject in (*PUBLISHED, ANSWERED)} >= set(PAYLOADS)


def test_its_addresses_are_those_we_publish_to(contract):
    topics = Topics("home", "desk")
    words = {"site": "home", "node": "desk", "conversation": CONVERSATION, "stage": "microphone"}
    said = {channel: contract.address(channel, **words) for channel in contract.document["channels"]}
    assert said["status"] == topics.status
    assert said["health"] == topics.health("microphone")
    assert said["stats"] == topics.stats
    assert said["partialTranscript"] == topics.conversation(CONVERSATION, "transcript/partial")
    assert said["muteCommand"] == topics.command("mute")
    assert contract.address("reply", site="home", client="kiosk", request_id="42") == topics.reply("kiosk", "42")


def test_a_topic_belongs_to_one_channel_or_to_none(contract):
    words = {
        "site": "home",
        "node": "desk",
        "conversation": CONVERSATION,
        "stage": "face",
        "device": "undertone_home_desk",
        "client": "a",
        "request_id": "1",
    }
    for channel in contract.document["channels"]:
        assert [match.channel for match in contract.matches(contract.address(channel, **words))] == [channel]
    for topic in (
        "undertone/v1/home/conv/c1/words",
        "undertone/v2/home/node/desk/status",
        "undertone/v1/Home/node/a/info",
    ):
        assert contract.matches(topic) == []
