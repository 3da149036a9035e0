"""`undertone config`: the settings in force and what they mean."""

import json
from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def config(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The values alone, as JSON.")] = False,
) -> None:
    """Print the settings in force, with their meanings and where each comes from. Secrets are not shown."""
    from edge.configuration import read_configuration
    from edge.effective import as_tree, as_yaml, effective_settings
    from edge.purpose import caution

    configuration = read_configuration(config)
    settings = effective_settings(configuration)
    if as_json:
        typer.echo(json.dumps(as_tree(settings), indent=2, ensure_ascii=False))
        return
    typer.echo(f"# The settings in force: the environment over {configuration.origins.file} over the defaults.")
    if warning := caution(configuration.settings.purpose):
        typer.echo(f"# {warning}")
    for line in as_yaml(settings):
        typer.echo(line)
