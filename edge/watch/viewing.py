"""Watching a site: from the subscription to the terminal, or to JSON lines."""

import json
import sys

from edge.mqtt.client import MqttVersion
from edge.mqtt.trust import Credentials
from edge.watch.subscriber import Received, subscribe
from edge.watch.terminal import TerminalView
from edge.wire.topics import checked
from model.errors import SettingsError


async def show_in_terminal(
    url: str, site: str, credentials: Credentials, version: MqttVersion, conversation: str | None
) -> None:
    """Show a site's conversations to people until this is cancelled."""
    _refuse_foreign_ids(site, conversation)
    view = TerminalView()
    async with subscribe(
        url, site, credentials=credentials, version=version, conversation=conversation, note=view.note
    ) as messages:
        with view:
            async for message in messages:
                view.show(message)


async def print_json(
    url: str, site: str, credentials: Credentials, version: MqttVersion, conversation: str | None
) -> None:
    """Print a site's messages as JSON lines until this is cancelled; notes go to the standard error."""
    _refuse_foreign_ids(site, conversation)

    def note(text: str) -> None:
        sys.stderr.write(f"undertone: {text}\n")

    async with subscribe(
        url, site, credentials=credentials, version=version, conversation=conversation, note=note
    ) as messages:
        async for message in messages:
            sys.stdout.write(json_line(message))
            sys.stdout.flush()


def json_line(message: Received) -> str:
    """A message as one line: `{"topic": …, "payload": {…}}`. JSON escapes every control character."""
    return json.dumps({"topic": message.topic, "payload": message.payload}) + "\n"


def _refuse_foreign_ids(site: str, conversation: str | None) -> None:
    for name, value in (("--site", site), ("--conversation", conversation)):
        try:
            checked(value or "none")
        except ValueError as error:
            raise SettingsError(
                f"{name}: {error}", "Copy it from a topic: undertone/v1/<site>/conv/<conversation>/…"
            ) from error
