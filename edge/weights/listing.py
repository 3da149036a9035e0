"""The list of weights, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from realtime.recognition import weights
from realtime.recognition.catalogue import MODELS, Model
from realtime.recognition.emotion_models import EMOTION_MODELS, EmotionModel

DESCRIBED_WIDTH = 110
"""Columns of a terminal from which on there is room for what each model gives."""


def as_records() -> list[dict[str, Any]]:
    """Every recogniser's model as plain values."""
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


def voices_as_records() -> list[dict[str, Any]]:
    """Every model that hears emotions as plain values."""
    return [
        {
            "name": model.name,
            "voice_encoder": model.part,
            "size_mb": model.size_mb,
            "memory_mb": model.memory_mb,
            "labels": list(model.labels),
            "licence": model.licence,
            "gives": model.gives,
            "accuracy": model.accuracy
            and {"percent": model.accuracy.percent, "data": model.accuracy.data, "source": model.accuracy.source},
            "revision": model.origin.revision,
            "fetched": weights.find(model.name) is not None,
            "installed": model.library.installed,
            "install": model.library.install,
        }
        for model in EMOTION_MODELS
    ]


def as_table(*, described: bool) -> Table:
    """Every recogniser's model as a row, in sections by recogniser.

    Args:
        described: Whether to say what each gives, for which a line of 80 characters has no room.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("here", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("languages", no_wrap=True)
    table.add_column("words wrong", no_wrap=True)
    table.add_column("what it gives" if described else "")
    part = ""
    for model in MODELS:
        if model.part != part:
            part = model.part
            table.add_section()
            about = Text(_about(model) if described else _missing(model), style="dim")
            table.add_row(Text(part, style="bold"), "", "", "", "", about)
        languages = "English" if model.english_only else "99"
        here = "yes" if weights.find(model.name) else ""
        table.add_row(model.name, here, str(model.size_mb), languages, _errors(model), model.gives if described else "")
    return table


def voices_as_table(*, described: bool) -> Table:
    """Every model that hears emotions as a row; `described` as in `as_table`."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("hears emotions", no_wrap=True)
    table.add_column("here", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("labels", no_wrap=True)
    table.add_column("right", no_wrap=True)
    table.add_column("what it gives" if described else "")
    for model in EMOTION_MODELS:
        here = "yes" if weights.find(model.name) else ""
        right = f"{model.accuracy.percent:.1f} %" if model.accuracy else ""
        row = (model.name, here, str(model.size_mb), str(len(model.labels)), right)
        table.add_row(*row, model.gives if described else "")
    return table


def notes(*, described: bool) -> Iterator[str]:
    """What stands below the table."""
    yield ""
    if not described:
        yield f"what each gives: with --json, or in a terminal of {DESCRIBED_WIDTH} columns"
    yield "words wrong: published, of read speech (LibriSpeech) / of meetings with headsets (AMI); sources with --json"
    yield "right: published, of four emotions of actors in pairs (IEMOCAP)"
    yield "memory: about twice the MB for whisper-*, as much for the others; half of it for recognisers on a GPU"
    yield f"folder: {weights.folder()}; pocketsphinx brings its own weights and is always there"


def how_to_use(model: Model | EmotionModel) -> Iterator[str]:
    """Lines about what has yet to be done for fetched weights to be used."""
    if not model.library.installed:
        yield f"{model.part} is not installed yet: {model.library.install}"
    if isinstance(model, EmotionModel):
        yield f"to use it, set voice_encoder: {{part: {model.part}, model: {model.name}}}"
        return
    yield "undertone run takes the best that is here and keeps up, while transcriber.part is auto, the default"


def _about(model: Model) -> str:
    return "; not installed: ".join(filter(None, (model.library.about, _missing(model))))


def _missing(model: Model) -> str:
    """The line that installs what a model needs, where that is not there."""
    return "" if model.library.installed else model.library.install


def _errors(model: Model) -> str:
    return " / ".join(f"{rate.percent:.1f}" for rate in model.error_rates) + " %"
