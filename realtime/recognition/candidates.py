"""Which of the fetched recognisers are worth a trial on this machine, and which one would be worth fetching."""

from collections.abc import Collection
from pathlib import Path

from realtime.recognition import weights
from realtime.recognition.catalogue import LIBRARIES, MODELS, Model, find_model

_MOST_ON_CPU_M = 300
"""Above so many million parameters a CPU cannot keep up, and needs a minute to find that out."""

_NVIDIA = Path("/proc/driver/nvidia/version")
_ENGLISH = "en"
_ON_GPU = ("whisper-turbo",)
_ON_CPU = ("moonshine-base", "moonshine-tiny", "faster-whisper-base")
"""What to fetch if nobody has said anything else, the best first; the last is for other languages than English."""


def has_gpu() -> bool:
    """Whether there is a GPU that the installed torch was built for; CUDA, which takes seconds, is not woken."""
    if not _NVIDIA.exists():
        return False
    import torch  # noqa: PLC0415 - it takes seconds, and without a driver nobody need wait for it

    return torch.version.cuda is not None


def fetched(language: str) -> list[Model]:
    """The models of a language whose weights are here, those with the fewest published errors first."""
    here = [model for model in MODELS if weights.find(model.name) is not None and understands(model, language)]
    parts = list(LIBRARIES)
    return sorted(here, key=lambda model: (model.error_rates[0].percent, parts.index(model.part)))


def understands(model: Model, language: str) -> bool:
    """Whether it knows the language, ISO 639-1; the many languages of the others are taken at their word."""
    return language == _ENGLISH or not model.english_only


def why_not(model: Model, *, gpu: bool) -> str | None:
    """Why a fetched model is not tried at all; None if it is."""
    if not model.library.installed:
        return f"{model.name} is here but cannot run yet: {model.library.install}"
    if not gpu and model.parameters_m > _MOST_ON_CPU_M:
        return f"{model.name} is too large for a machine without a GPU"
    return None


def better_than(
    chosen: Model | None, here: Collection[Model], slow: Collection[Model], language: str, *, gpu: bool
) -> Model | None:
    """What to fetch to get fewer errors on this machine; None if nothing is known to be worth it.

    Args:
        chosen: What is used; None for pocketsphinx.
        here: What was fetched already.
        slow: What did not keep up, so that a larger one of its kind would not, either.
        language: What is spoken, ISO 639-1.
        gpu: Whether there is a GPU.
    """
    for model in map(find_model, _ON_GPU if gpu else _ON_CPU):
        fewer = chosen is None or model.error_rates[0].percent < chosen.error_rates[0].percent
        too_slow = any(other.part == model.part and other.parameters_m <= model.parameters_m for other in slow)
        if fewer and not too_slow and model not in here and understands(model, language):
            return model
    return None


def how_to_get(model: Model) -> str:
    """The line that fetches a model, and installs its library before where that is missing."""
    install = "" if model.library.installed else f"{model.library.install} && "
    return f"{install}undertone models fetch {model.name} ({model.size_mb} MB)"
