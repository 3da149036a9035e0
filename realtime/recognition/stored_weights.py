"""Which stored weights a model's name means. Nothing is fetched while undertone runs: that is `undertone models`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from model.errors import CheckpointError, PartMissingError
from realtime.recognition import weights
from realtime.recognition.catalogue import MODELS, Model, Repository
from realtime.recognition.emotion_models import EMOTION_MODELS, EmotionModel
from realtime.recognition.framing import Message

_TRANSCRIBER = "transcriber"
_KNOWN: Mapping[str, Sequence[Model | EmotionModel]] = {_TRANSCRIBER: MODELS, "voice_encoder": EMOTION_MODELS}


def given(part: str, model: str, is_one: Callable[[Path], bool], kind: str = _TRANSCRIBER) -> Path | None:
    """The file or folder that `model` is the path of; None where it is a name.

    Args:
        part: The part's name.
        model: A path or a name.
        is_one: Whether what lies there may be a model.
        kind: The setting that chooses the part.

    Raises:
        PartMissingError: It can only be a path, and nothing lies there.
    """
    path = Path(model).expanduser()
    if is_one(path):
        return path.resolve()
    if path.is_absolute() or model.startswith(".") or path.suffix == ".pt":
        raise PartMissingError(
            f"{_words(kind)} {part}: there is no model at {path}",
            f"Correct the path in {kind}.model, or give it a name that `undertone models list` shows",
        )
    return None


def stored(part: str, model: str, fetched: str, cached: Callable[[str], Path | None], kind: str = _TRANSCRIBER) -> Path:
    """The file or folder of a named model that undertone, or its own library, has fetched.

    Args:
        part: The part's name.
        model: The model's name.
        fetched: What `undertone models` calls it.
        cached: Where the library keeps what it fetched, by its own name for it; None if it did not.
        kind: The setting that chooses the part.

    Raises:
        PartMissingError: It is not on this machine; says how to get it.
    """
    known = {each.name: each.origin for each in _KNOWN[kind] if each.part == part}
    origin = known.get(fetched)
    own_name = origin.id if isinstance(origin, Repository) else model
    if (found := (weights.find(fetched) if origin else None) or cached(own_name)) is not None:
        return found
    problem = f"{_words(kind)} {part}: the weights of {model!r} are not on this machine"
    if fetched in known:
        raise PartMissingError(problem, f"Get them: undertone models fetch {fetched}")
    if model.count("/") == 1:
        raise PartMissingError(problem, f"Get them from the Hugging Face Hub: hf download {model}")
    raise PartMissingError(problem, f"Give {kind}.model a path, or one of: {', '.join(known)}")


def unreadable(settings: Message, error: Exception) -> CheckpointError:
    """What is wrong with weights that a library could not load; `settings` is the process's first message."""
    path = Path(settings["path"])
    said = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
    problem = f"transcriber {settings['part']}: {path} cannot be loaded as a model ({said})"
    if "out of memory" in said:
        return CheckpointError(problem, "Set transcriber.model: a smaller one, or transcriber.device: cpu")
    return CheckpointError(problem, mend(path))


def mend(path: Path, kind: str = _TRANSCRIBER) -> str:
    """What to do about weights at a path that cannot be read."""
    if not path.is_relative_to(weights.folder()):
        return f"Give {kind}.model another path, or a name that `undertone models` shows"
    name = path.name.removesuffix(".pt")
    return f"Get it again: undertone models remove {name} && undertone models fetch {name}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")
