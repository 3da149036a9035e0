"""`undertone schema`: the JSON Schemas of everything that is published."""

import json
from pathlib import Path
from typing import Annotated

import typer


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write one file per schema there.", show_default="print them"),
    ] = None,
) -> None:
    """Print the JSON Schemas of the MQTT payloads, or write them as files named after their schema ids."""
    from edge.wire.schemas import json_schemas
    from model.errors import DataError

    schemas = json_schemas()
    if out is None:
        typer.echo(json.dumps(schemas, indent=2, ensure_ascii=False))
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in schemas.items():
            path = out / f"{name.replace('/', '.')}.schema.json"
            path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write schemas to {out}: {error.strerror}", "Name another folder with --out") from error
    typer.echo(f"{len(schemas)} schemas in {out}")
