"""`undertone schema`: what is published, asked for and answered, for programs that read it."""

import json
from pathlib import Path
from typing import Annotated

import typer


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write one file per schema there.", show_default="print them"),
    ] = None,
    asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="The AsyncAPI document instead: topics, payloads and promises in one.")
    ] = False,
) -> None:
    """Print the JSON Schemas of the MQTT payloads, or write them as files named after their schema ids."""
    files = _document() if asyncapi else _schemas()
    if out is not None:
        _write(files, out)
    elif asyncapi:
        typer.echo("".join(files.values()), nl=False)
    else:
        from edge.wire.schemas import json_schemas

        typer.echo(json.dumps(json_schemas(), indent=2, ensure_ascii=False))


def _document() -> dict[str, str]:
    from edge.contract.asyncapi import as_yaml, document

    return {"asyncapi.yaml": as_yaml(document())}


def _schemas() -> dict[str, str]:
    from edge.wire.schemas import json_schemas

    return {
        f"{name.replace('/', '.')}.schema.json": json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        for name, content in json_schemas().items()
    }


def _write(files: dict[str, str], folder: Path) -> None:
    from model.errors import DataError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"cannot write schemas to {folder}: {error.strerror}", "Name another folder with --out"
        ) from error
