"""A YAML file that holds settings."""

from pathlib import Path
from typing import Any

import yaml

from model.errors import SettingsError


def read_yaml(file: Path) -> dict[str, Any]:
    """The settings in a file, by name; an empty file has none.

    Raises:
        SettingsError: The file cannot be read, is no YAML, or holds something else; names file and line.
    """
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}", "Give a readable YAML file") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is no text in UTF-8", "Give a readable YAML file") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{file}, line {line}, {error.problem}", "Mend the YAML there") from error
    except yaml.YAMLError as error:
        raise SettingsError(
            f"{file} is no YAML: {' '.join(str(error).split())}", "Give a readable YAML file"
        ) from error
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise SettingsError(
            f"{file} holds no settings", "Write lines such as `site: home`; `undertone config` shows all"
        )
    return {str(key): value for key, value in given.items()}
