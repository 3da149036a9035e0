"""`undertone demo`: a conversation of four people, heard, understood and published, while it is being spoken."""

import time
from typing import Annotated

import typer

from edge.commands.options import ConfigOption

_STARTED_AT = time.monotonic()

_NEXT = (
    ("undertone run", "the same with your own microphone"),
    ("undertone watch", "in another terminal: whatever is published, as it comes"),
    ("undertone config", "every setting there is, with its meaning"),
)


def demo(
    config: ConfigOption = None,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as it goes, instead of in 91 seconds.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON line per message from the broker, then a summary.")
    ] = False,
) -> None:
    """Play a recorded conversation of four people through the whole pipeline, and show what subscribers get.

    The sound is really heard and recognised, a trained network reads it, and the view is only an MQTT subscriber.
    """
    import asyncio
    import json

    from rich.console import Console

    from edge.commands.starting import nothing_to_clean_up, read_settings, where
    from edge.logs import log_to_stderr, say

    log_to_stderr(verbose=False)
    settings = read_settings(config)
    say("loading the recogniser and the network …")

    with nothing_to_clean_up():
        from edge.demo.play import demo_broker, demo_settings, play
        from edge.demo.summary import as_table
        from edge.watch.terminal import TerminalView
        from edge.watch.viewing import json_line
        from realtime.protocols import SourceInfo

    broker = demo_broker(settings.broker)
    chosen = demo_settings(settings, fast=fast)

    async def ready(info: SourceInfo) -> None:
        address = where(broker.url, settings.site)
        say(f"playing {info.name}, {info.duration_s:.0f} s; subscribe too: undertone watch {address}")

    if as_json:
        hear = lambda message: typer.echo(json_line(message), nl=False)  # noqa: E731
        typer.echo(json.dumps({"summary": asyncio.run(play(chosen, broker, hear, ready, _STARTED_AT))}))
        return

    async def show() -> dict[str, object]:
        with TerminalView() as view:
            return await play(chosen, broker, view.show, ready, _STARTED_AT)

    summary = asyncio.run(show())
    console = Console(highlight=False)
    console.print(as_table(summary))
    console.print("\nWhat to try next:")
    for command, meaning in _NEXT:
        console.print(f"  [bold]{command}[/bold]  {meaning}")
