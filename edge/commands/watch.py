"""`undertone watch`: a conversation as it is understood, from any machine that reaches the broker."""

from typing import Annotated, Literal

import typer


def watch(
    url: Annotated[str, typer.Option(help="The broker.")] = "mqtt://127.0.0.1:1883",
    site: Annotated[str, typer.Option(help="The place that is listened to.")] = "home",
    conversation: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this conversation.", show_default="all")
    ] = None,
    username: Annotated[str | None, typer.Option(help="User at the broker.", show_default=False)] = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="UNDERTONE_PUBLISHER__PASSWORD",
            help="Password at the broker; better given as the variable.",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[Literal["3.1.1", "5"], typer.Option(help="Version of MQTT that is spoken.")] = "3.1.1",
    as_json: Annotated[bool, typer.Option("--json", help="Every message as a JSON line.")] = False,
) -> None:
    """Show who feels what and what caused it, as it is published. Ends with Ctrl-C."""
    import asyncio

    from edge.mqtt.client import Credentials, MqttVersion
    from edge.watch.viewing import print_json, show_in_terminal

    view = print_json if as_json else show_in_terminal
    asyncio.run(view(url, site, Credentials(username, password), MqttVersion(protocol), conversation))
