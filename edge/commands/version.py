"""`undertone version`: what exactly is running here."""

import json
import platform
from importlib import metadata
from typing import Annotated

import typer


def version(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Say what is installed: undertone, its network, Python and PyTorch."""
    from model.checkpoint import SHIPPED, read_card

    facts = {
        "undertone": metadata.version("undertone"),
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "system": platform.platform(),
        "network": SHIPPED.name,
        "network_sha256": read_card(SHIPPED).weights_sha256,
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, fact in facts.items():
        typer.echo(f"{name:<16}{fact}")
