"""`undertone models`: the weights of recognisers and of large voice encoders, listed, fetched and removed."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A name that `undertone models` lists.")]

models = typer.Typer(
    help="List, fetch and remove the weights of recognisers and voice encoders.", invoke_without_command=True
)


@models.callback()
def overview(context: typer.Context, as_json: JsonOption = False) -> None:
    """List, fetch and remove the weights of recognisers and voice encoders; without a command, list them."""
    if context.invoked_subcommand is None:
        list_models(as_json)


@models.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """Say which weights there are, what each costs and gives, and which are here."""
    import json

    from rich.console import Console

    from edge.weights.listing import DESCRIBED_WIDTH, as_records, as_table, notes, voices_as_records, voices_as_table
    from realtime.recognition import weights

    if as_json:
        listed = {"folder": str(weights.folder()), "models": as_records(), "voice_models": voices_as_records()}
        typer.echo(json.dumps(listed, indent=2))
        return
    console = Console(highlight=False)
    described = console.width >= DESCRIBED_WIDTH
    console.print(as_table(described=described))
    console.print()
    console.print(voices_as_table(described=described))
    for line in notes(described=described):
        console.print(line, style="dim", soft_wrap=True)


@models.command()
def fetch(
    name: NameArgument,
    local: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE|FOLDER", help="Take it from a local copy instead of the network."),
    ] = None,
) -> None:
    """Fetch weights, check them and keep them. What was broken off goes on where it stopped."""
    from edge.logs import say
    from edge.weights.listing import how_to_use
    from edge.weights.progress import shown
    from edge.weights.store import fetch as fetch_model
    from edge.weights.store import take
    from realtime.recognition import weights
    from realtime.recognition.emotion_models import find_weights

    model = find_weights(name)
    if (path := weights.find(name)) is not None:
        say(f"{name} is here already: {path}")
        return
    try:
        with shown(name) as progress:
            path = take(model, local, progress) if local else fetch_model(model, progress)
    except KeyboardInterrupt:
        say(f"stopped; what came is kept, and this goes on: undertone models fetch {name}")
        raise
    say(f"{name} is here: {path}")
    for line in how_to_use(model):
        say(line)


@models.command()
def remove(name: NameArgument) -> None:
    """Remove fetched weights, and say what that freed."""
    from edge.logs import say
    from edge.weights.store import remove as remove_model
    from realtime.recognition.emotion_models import find_weights

    freed = remove_model(find_weights(name))
    say(f"{name} is removed, {freed / 1e6:.0f} MB are free" if freed else f"{name} is not here: nothing to remove")
