"""The list of weights, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from realtime.recognition import weights
from realtime.recognition.catalogue import MODELS, Model


def as_records() -> list[dict[str, Any]]:
    """Every model as plain values."""
    return [
        {
            "name": model.name,
            "recogniser": model.part,
            "size_mb": model.size_mb,
            "memory_mb": model.memory_mb,
            "languages": model.languages,
            "licence": model.licence,
            "gives": model.gives,
            "word_error_rates": [
                {"percent": rate.percent, "data": rate.data, "source": rate.source} for rate in model.error_rates
            ],
            "fetched": weights.find(model.name) is not None,
            "installed": model.library.installed,
            "install": model.library.install,
        }
        for model in MODELS
    ]


def as_table() -> Table:
    """Every model as a row, in sections by recogniser."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("here", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("languages", no_wrap=True)
    table.add_column("words wrong", no_wrap=True)
    table.add_column("what it gives")
    part = ""
    for model in MODELS:
        if model.part != part:
            part = model.part
            table.add_section()
            table.add_row(Text(part, style="bold"), "", "", "", "", Text(_about(model), style="dim"))
        languages = "English" if model.english_only else "99"
        here = "yes" if weights.find(model.name) else ""
        table.add_row(model.name, here, str(model.size_mb), languages, _errors(model), model.gives)
    return table


def notes() -> Iterator[str]:
    """What stands below the table."""
    yield ""
    yield "words wrong: published, of read speech (LibriSpeech) / of meetings with headsets (AMI); sources with --json"
    yield "memory: about twice the MB where they are 16-bit (all but moonshine), else as much; half on a GPU"
    yield f"folder: {weights.folder()}; pocketsphinx brings its own weights and is always there"


def how_to_use(model: Model) -> Iterator[str]:
    """Lines about what has yet to be done for fetched weights to be used."""
    if not model.library.installed:
        yield f"{model.part} is not installed yet: {model.library.install}"
    yield "undertone run takes the best that is here and keeps up, while transcriber.part is auto, the default"


def _about(model: Model) -> str:
    library = model.library
    return library.about if library.installed else f"{library.about}; not installed: {library.install}"


def _errors(model: Model) -> str:
    return " / ".join(f"{rate.percent:.1f}" for rate in model.error_rates) + " %"
