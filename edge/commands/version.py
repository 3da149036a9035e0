"""`undertone version`: what exactly is running here."""

import platform
from importlib import metadata

import typer


def version() -> None:
    """Say what is installed: undertone, its network, Python and PyTorch."""
    typer.echo(f"undertone {metadata.version('undertone')}")
    typer.echo(f"python    {platform.python_version()} on {platform.platform()}")
    typer.echo(f"torch     {metadata.version('torch')}")
