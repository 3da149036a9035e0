"""A recogniser is made as at a start, and not started. As a program it does so apart: libraries load for seconds."""

import sys
from typing import Any

from edge.devices.child import answer
from edge.settings import PART_PACKAGES
from realtime.clock import SystemClock
from realtime.parts import PartChoice, load_part, part_settings
from realtime.recognition.candidates import better_than, fetched, has_gpu, how_to_get, why_not
from realtime.transcribers import auto

_PACKAGE = PART_PACKAGES["transcriber"]


def make(choice: PartChoice) -> dict[str, Any]:
    """Says which recognisers `auto` would try; of any other nothing, once it was made.

    Raises:
        UsageError: Its library or its weights are missing, or a setting is wrong.
    """
    settings = part_settings(_PACKAGE, choice)
    if isinstance(settings, auto.Settings):
        return _candidates(settings.language)
    load_part(_PACKAGE, choice, SystemClock())
    return {}


def _candidates(language: str) -> dict[str, Any]:
    """What there is for a language; nothing is timed, because that takes as long as a start."""
    here, gpu = fetched(language), has_gpu()
    reasons = {model.name: why_not(model, gpu=gpu) for model in here}
    usable = [model for model in here if reasons[model.name] is None]
    better = better_than(usable[0] if usable else None, here, (), language, gpu=gpu)
    return {
        "candidates": [model.name for model in usable],
        "refused": list(filter(None, reasons.values())),
        "better": how_to_get(better) if better else "",
    }


if __name__ == "__main__":
    answer(lambda: make(PartChoice.model_validate_json(sys.argv[1])))
