"""The recognisers whose weights can be fetched: what each costs, what it gives, and where it comes from.

Nothing here was measured by us. Word error rates are their authors' or a named paper's, of clean read speech
(LibriSpeech test-clean) and, where they are known, of meetings (AMI, everybody with a headset); the same paper finds
twice as many errors of Whisper over one microphone on the table. The files of openai-whisper and their hashes are those
of its own `whisper/__init__.py`; the repositories of faster-whisper are those of its `faster_whisper/utils.py`.
"""

import difflib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

from model.errors import SettingsError

_WHISPER_URL = "https://openaipublic.azureedge.net/main/whisper/models"
_WHISPER_PAPER = "https://arxiv.org/abs/2212.04356"
_OLMOASR_PAPER = "https://arxiv.org/abs/2508.20869"
_MOONSHINE_README = "https://github.com/usefulsensors/moonshine"
_READ_SPEECH, _MEETINGS = "LibriSpeech test-clean", "AMI, headsets"
_BYTES_PER_PARAMETER = 4
_TOKENIZER_MB = 3


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A published word error rate: percent of the words, of which recordings, and who says so."""

    percent: float
    data: str
    source: str


@dataclass(frozen=True, slots=True)
class OneFile:
    """Weights that are one file."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Repository:
    """Weights that are a repository on the Hugging Face Hub.

    Attributes:
        id: Owner and name.
        revision: A commit, or the branch `main` where we know of none.
        files: Patterns of the files that are wanted; at least one of each must be there.
    """

    id: str
    files: tuple[str, ...]
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class Library:
    """The Python library that a recogniser needs.

    Attributes:
        module: What is imported.
        distribution: What is installed.
        about: What it is, in a few words.
        extra: The extra of undertone that brings it; empty where undertone itself does.
    """

    module: str
    distribution: str
    about: str
    extra: str = ""

    @property
    def installed(self) -> bool:
        """Whether it is there; it is not imported."""
        return importlib.util.find_spec(self.module) is not None

    @property
    def install(self) -> str:
        """The line that installs it."""
        return f"pip install 'undertone[{self.extra}]'" if self.extra else f"pip install {self.distribution}"


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of a recogniser.

    Attributes:
        name: What it is called here, and in the folder of weights.
        part: The transcriber that reads it.
        origin: Where it is fetched from.
        size_mb: What is fetched and then lies on the disk, megabytes.
        parameters_m: How many parameters it has, millions.
        english_only: Whether it knows no other language.
        gives: One sentence: what it is good for.
        error_rates: Published ones; the first is of clean read speech.
        licence: Of the weights, as an SPDX identifier.
    """

    name: str
    part: str
    origin: OneFile | Repository
    size_mb: int
    parameters_m: float
    english_only: bool
    gives: str
    error_rates: tuple[ErrorRate, ...]
    licence: str = "MIT"

    @property
    def stored_as(self) -> str:
        """Name of its file or folder in the folder of weights."""
        return f"{self.name}.pt" if isinstance(self.origin, OneFile) else self.name

    @property
    def memory_mb(self) -> int:
        """What the parameters take as 32-bit floats; a GPU needs half of it, decoding some more."""
        return round(self.parameters_m * _BYTES_PER_PARAMETER)

    @property
    def languages(self) -> str:
        """What it understands, for people."""
        return "English" if self.english_only else "99 languages"

    @property
    def library(self) -> Library:
        """What it needs to run."""
        return LIBRARIES[self.part]


LIBRARIES = {
    "pocketsphinx": Library("pocketsphinx", "pocketsphinx", "small, English, its weights are always there"),
    "transformers": Library("transformers", "transformers", "any recogniser that Hugging Face's library reads"),
    "faster_whisper": Library("faster_whisper", "faster-whisper", "Whisper, run by CTranslate2", "faster-whisper"),
    "whisper": Library("whisper", "openai-whisper", "Whisper, run as its makers do", "whisper"),
}
"""The library of each transcriber, by the transcriber's name; of two with equal weights, the quicker stands first."""


@dataclass(frozen=True, slots=True)
class _Whisper:
    """A size of Whisper: openai-whisper's file and hash, its conversion for faster-whisper, and what is known of it."""

    size: str
    parameters_m: float
    file_mb: int
    sha256: str
    gives: str
    error_rates: tuple[ErrorRate, ...]
    converted: str = ""
    file: str = ""

    def models(self) -> tuple[Model, Model]:
        """The same weights for the one and for the other library."""
        repository = self.converted or f"Systran/faster-whisper-{self.size}"
        english = self.size.endswith(".en")
        url = f"{_WHISPER_URL}/{self.sha256}/{self.file or self.size}.pt"
        return (
            Model(
                f"whisper-{self.size}",
                "whisper",
                OneFile(url, self.sha256),
                self.file_mb,
                self.parameters_m,
                english,
                self.gives,
                self.error_rates,
            ),
            Model(
                f"faster-whisper-{self.size}",
                "faster_whisper",
                Repository(repository, ("*config.json", "model.bin", "tokenizer.json", "vocabulary.*")),
                self.file_mb + _TOKENIZER_MB,
                self.parameters_m,
                english,
                self.gives,
                self.error_rates,
            ),
        )


def _english(read: float, meetings: float) -> tuple[ErrorRate, ...]:
    return ErrorRate(read, _READ_SPEECH, _OLMOASR_PAPER), ErrorRate(meetings, _MEETINGS, _OLMOASR_PAPER)


def _many_languages(read: float) -> tuple[ErrorRate, ...]:
    return (ErrorRate(read, _READ_SPEECH, _WHISPER_PAPER),)


_WHISPERS = (
    _Whisper(
        "tiny.en",
        39,
        76,
        "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03",
        "Whisper's smallest: least work, most errors of them",
        _english(5.6, 23.7),
    ),
    _Whisper(
        "tiny",
        39,
        76,
        "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9",
        "Whisper's smallest in many languages; in English tiny.en errs less",
        _many_languages(7.6),
    ),
    _Whisper(
        "base.en",
        74,
        145,
        "25a8566e1d0c1e2231d1c762132cd20e0f96a85d16145c3a00adf5d1ac670ead",
        "fewer errors for about twice the work of tiny.en",
        _english(4.2, 20.5),
    ),
    _Whisper(
        "base",
        74,
        145,
        "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e",
        "many languages; in English base.en errs less",
        _many_languages(5.0),
    ),
    _Whisper(
        "small.en",
        244,
        484,
        "f953ad0fd29cacd07d5a9eda5624af0f6bcf2258be67c92b79389873d91e0872",
        "good English, for a strong CPU or a small GPU",
        _english(3.1, 17.5),
    ),
    _Whisper(
        "small",
        244,
        484,
        "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
        "many languages, for a strong CPU or a small GPU",
        _many_languages(3.4),
    ),
    _Whisper(
        "medium.en",
        769,
        1528,
        "d7440d1dc186f76616474e0ff0b3b6b879abc9d1a4926b7adfa41db2d497ab4f",
        "good English, for a GPU",
        _english(3.1, 16.4),
    ),
    _Whisper(
        "medium",
        769,
        1528,
        "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1",
        "many languages, for a GPU",
        _many_languages(2.9),
    ),
    _Whisper(
        "large-v2",
        1550,
        3087,
        "81f7c96c852ee8fc832187b0132e569d6c3065a3252ed18e56effd0b6a73e524",
        "Whisper's largest before large-v3, for a GPU",
        _english(2.7, 16.9),
    ),
    _Whisper(
        "large-v3",
        1550,
        3087,
        "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb",
        "Whisper's largest: fewest errors of them, for a GPU",
        _english(2.0, 16.0),
    ),
    _Whisper(
        "turbo",
        809,
        1618,
        "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a",
        "nearly large-v3 for a fraction of its decoding, for a GPU",
        _english(2.2, 16.1),
        converted="mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        file="large-v3-turbo",
    ),
)

_MOONSHINE_FILES = ("*config.json", "model.safetensors", "*token*")

_MOONSHINES = (
    Model(
        "moonshine-tiny",
        "transformers",
        Repository("UsefulSensors/moonshine-tiny", _MOONSHINE_FILES),
        110,
        27.1,
        english_only=True,
        gives="made for live use on a CPU: its work grows with what was said, instead of filling up 30 s as Whisper's",
        error_rates=(
            ErrorRate(4.52, _READ_SPEECH, _MOONSHINE_README),
            ErrorRate(22.77, _MEETINGS, _MOONSHINE_README),
        ),
    ),
    Model(
        "moonshine-base",
        "transformers",
        Repository("UsefulSensors/moonshine-base", _MOONSHINE_FILES, "b0912157d716ba969fc9b3d3deae1ba3289eacdb"),
        248,
        61.5,
        english_only=True,
        gives="made for live use on a CPU, with fewer errors than moonshine-tiny; the one to begin with",
        error_rates=(
            ErrorRate(3.23, _READ_SPEECH, _MOONSHINE_README),
            ErrorRate(17.79, _MEETINGS, _MOONSHINE_README),
        ),
    ),
)

MODELS: tuple[Model, ...] = (
    *_MOONSHINES,
    *(models[1] for models in map(_Whisper.models, _WHISPERS)),
    *(models[0] for models in map(_Whisper.models, _WHISPERS)),
)
"""Everything that can be fetched, by recogniser, the small before the large."""


def find_model(name: str) -> Model:
    """The model of a name.

    Raises:
        SettingsError: There is none; names the nearest.
    """
    names = [model.name for model in MODELS]
    if name in names:
        return MODELS[names.index(name)]
    raise unknown_model(name, names)


def unknown_model(name: str, names: Sequence[str]) -> SettingsError:
    """The refusal of a name that is none of `names`; it says the nearest."""
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "See which there are: undertone models"
    return SettingsError(f"no model is called {name!r}", remedy)
