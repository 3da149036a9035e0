"""`undertone ask`: a running node is asked for something, and its answer is printed."""

from typing import Annotated, Literal

import typer

from edge.commands.broker_options import (
    CaFileOption,
    CertificateOption,
    InsecureOption,
    KeyOption,
    PasswordFileOption,
    SiteOption,
    UrlOption,
    UsernameOption,
    broker_access,
)


def ask(
    verb: Annotated[
        str, typer.Argument(help="start, pause, resume, stop, mute, forget, relabel or set.", show_default=False)
    ],
    words: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE", help="What is said with it.", show_default=False)
    ] = None,
    *,
    node: Annotated[str | None, typer.Option(help="Which node.", show_default="this machine's name")] = None,
    url: UrlOption = "mqtt://127.0.0.1:1883",
    site: SiteOption = "home",
    username: UsernameOption = None,
    password_file: PasswordFileOption = None,
    ca_file: CaFileOption = None,
    client_certificate: CertificateOption = None,
    client_key: KeyOption = None,
    allow_insecure: InsecureOption = False,
    protocol: Annotated[Literal["3.1.1", "5"], typer.Option(help="Version of MQTT that is spoken.")] = "3.1.1",
    wait_s: Annotated[
        float, typer.Option("--wait", min=0.1, max=600.0, help="How long to wait for the answer, seconds.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as a JSON line.")] = False,
) -> None:
    """Ask a running node for something. Exits with 1 where it refuses.

    \b
    ask pause reason=lunch           hear and see nothing, until ask resume
    ask stop                         end the conversation, until ask start
    ask mute muted=true for_s=20     do not listen for a while
    ask relabel speaker=s1 name=Ann  call somebody otherwise from now on
    ask forget speaker=Ann           or conversation=ID: remove what is stored
    ask set camera=false             also modalities=text,audio partials=true
                                     link_threshold=0.6 opt_out=Ann,Ben
    """  # noqa: D301 - \b keeps the lines of the examples
    import asyncio
    import json

    from edge.control.asking import ask as ask_node
    from edge.control.asking import client_name, command_of
    from edge.mqtt.client import MqttVersion
    from edge.settings import host_name
    from edge.wire.topics import Topics
    from model.errors import SettingsError

    command = command_of(verb, words or [], client_name(username), wait_s)
    try:
        topics = Topics(site, node or host_name())
    except ValueError as error:
        raise SettingsError(
            str(error), "Copy --site and --node from a topic: undertone/v1/<site>/node/<node>"
        ) from error
    address, credentials = broker_access(
        url,
        username=username,
        password_file=password_file,
        ca_file=ca_file,
        client_certificate=client_certificate,
        client_key=client_key,
        allow_insecure=allow_insecure,
    )
    answer = asyncio.run(ask_node(address, credentials, MqttVersion(protocol), topics, command, wait_s))
    typer.echo(json.dumps(answer) if as_json else str(answer.get("message", "")))
    if not answer.get("ok"):
        raise typer.Exit(1)
