"""`undertone devices`: what there is to listen, look and compute with."""

from typing import Annotated

import typer


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List microphones, what the sound server has, cameras and GPUs, each with the line that chooses it.

    Nothing is listened to, and no camera is turned on. UNDERTONE_… lines are environment variables; in a YAML file
    UNDERTONE_SOURCE__DEVICE=3 is `source: {device: 3}`.
    """
    import asyncio

    from edge.devices.survey import survey

    listing = asyncio.run(survey())
    if as_json:
        typer.echo(listing.model_dump_json(by_alias=True, indent=2))
        return
    from edge.devices.drawing import draw
    from edge.marks import console_for_people, marks

    console = console_for_people()
    console.print(draw(listing, marks(console).default))
