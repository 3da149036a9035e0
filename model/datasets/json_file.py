"""JSON files of annotated conversations, read whole."""

import json
from pathlib import Path

from model.datasets import raw_file
from model.datasets.located import Located
from model.errors import DataError


def read(path: Path, remedy: str) -> Located:
    """The document of a JSON file.

    Args:
        path: The file; UTF-8, with or without a byte order mark.
        remedy: What to do about a file of another kind.

    Raises:
        DataError: The file cannot be read, is no JSON (names the line), is nested too deeply, or an object in it
            has the same name twice, of which one would be lost.
    """
    raw = raw_file.read(path, remedy)
    try:
        return Located(json.loads(raw.decode("utf-8"), object_pairs_hook=_object), path, "$", remedy)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}, line {error.lineno}: no JSON: {error.msg}", remedy) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{path}, line {line}: not UTF-8 text", remedy) from error
    except RecursionError as error:
        raise DataError(f"{path}: nested too deeply", remedy) from error
    except ValueError as error:
        raise DataError(f"{path}: {error}", remedy) from error


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(members)
    if len(unique) < len(members):
        names = [name for name, _ in members]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} appears twice in one object")
    return unique
