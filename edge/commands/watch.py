"""`undertone watch`: a conversation as it is understood, from any machine that reaches the broker."""

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


def watch(
    url: UrlOption = "mqtt://127.0.0.1:1883",
    site: SiteOption = "home",
    conversation: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this conversation.", show_default="all")
    ] = None,
    *,
    username: UsernameOption = None,
    password_file: PasswordFileOption = None,
    ca_file: CaFileOption = None,
    client_certificate: CertificateOption = None,
    client_key: KeyOption = None,
    allow_insecure: InsecureOption = False,
    protocol: Annotated[Literal["3.1.1", "5"], typer.Option(help="Version of MQTT that is spoken.")] = "3.1.1",
    as_json: Annotated[bool, typer.Option("--json", help="Every message as a JSON line.")] = False,
) -> None:
    """Show who feels what and what caused it, as it is published. Ends with Ctrl-C."""
    import asyncio

    from edge.mqtt.client import MqttVersion
    from edge.watch.viewing import print_json, show_in_terminal

    _, credentials = broker_access(
        url,
        username=username,
        password_file=password_file,
        ca_file=ca_file,
        client_certificate=client_certificate,
        client_key=client_key,
        allow_insecure=allow_insecure,
    )
    view = print_json if as_json else show_in_terminal
    asyncio.run(view(url, site, credentials, MqttVersion(protocol), conversation))
