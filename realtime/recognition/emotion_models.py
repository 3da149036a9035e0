"""The large networks that hear emotions whose weights can be fetched: what each tells apart, and where it comes from.

Nothing here was measured by us. Accuracies are their makers', of the four emotions of IEMOCAP that the SUPERB benchmark
uses (https://arxiv.org/abs/2105.01051); commits and sizes are those of the Hugging Face Hub.
"""

from dataclasses import dataclass
from typing import Final

from realtime.recognition.catalogue import LIBRARIES, MODELS, Library, Model, Repository, unknown_model

_PART: Final = "transformers"
_BYTES_PER_PARAMETER: Final = 4
_FOUR: Final = ("neutral", "joy", "anger", "sadness")
_SEVEN: Final = ("neutral", "anger", "disgust", "fear", "joy", "sadness", "surprise")
_IEMOCAP: Final = "IEMOCAP, four emotions, as in SUPERB"
_IN_PICKLE: Final = ("config.json", "preprocessor_config.json", "pytorch_model.bin")
_IN_SAFETENSORS: Final = ("config.json", "preprocessor_config.json", "model.safetensors")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A published accuracy: percent of the recordings, of which, and who says so."""

    percent: float
    data: str
    source: str


@dataclass(frozen=True, slots=True)
class EmotionModel:
    """Weights of a network that hears emotions.

    Attributes:
        name: What it is called here, and in the folder of weights.
        origin: Where it is fetched from.
        size_mb: What is fetched and then lies on the disk, megabytes.
        parameters_m: How many parameters it has, millions.
        labels: The emotions that it tells apart.
        gives: One sentence: what it is good for.
        accuracy: What its makers measured on people that it had not heard; None where they did not.
        licence: Of the weights, as an SPDX identifier.
    """

    name: str
    origin: Repository
    size_mb: int
    parameters_m: float
    labels: tuple[str, ...]
    gives: str
    accuracy: Accuracy | None = None
    licence: str = "Apache-2.0"

    @property
    def part(self) -> str:
        """The voice encoder that reads it."""
        return _PART

    @property
    def stored_as(self) -> str:
        """Name of its folder in the folder of weights."""
        return self.name

    @property
    def memory_mb(self) -> int:
        """What the parameters take as 32-bit floats."""
        return round(self.parameters_m * _BYTES_PER_PARAMETER)

    @property
    def library(self) -> Library:
        """What it needs to run."""
        return LIBRARIES[_PART]


EMOTION_MODELS: tuple[EmotionModel, ...] = (
    EmotionModel(
        "wav2vec2-base-superb-er",
        Repository("superb/wav2vec2-base-superb-er", _IN_PICKLE, "441a7599c3b22107314dcbd9166621c5c83f2cc5"),
        378,
        94.6,
        _FOUR,
        "the smallest of them, for a strong CPU or a GPU; knows no disgust, fear and surprise",
        Accuracy(63.43, _IEMOCAP, "https://huggingface.co/superb/wav2vec2-base-superb-er"),
    ),
    EmotionModel(
        "hubert-large-superb-er",
        Repository("superb/hubert-large-superb-er", _IN_PICKLE, "ef1a2ebfd7cfc424dc7f0fbcdc406e8b794d63bb"),
        1_262,
        315.7,
        _FOUR,
        "errs less than wav2vec2-base-superb-er, for a GPU; knows no disgust, fear and surprise",
        Accuracy(67.62, _IEMOCAP, "https://arxiv.org/abs/2105.01051"),
    ),
    EmotionModel(
        "emotion-whisper-large-v3",
        Repository(
            "firdhokk/speech-emotion-recognition-with-openai-whisper-large-v3",
            _IN_SAFETENSORS,
            "c9a63b91e247d3b54fb37d0508717fa7b193b6d9",
        ),
        2_550,
        637,
        _SEVEN,
        "tells all seven apart, for a GPU; taught by acted speech, RAVDESS included: measure it on nothing of that",
    ),
)
"""Everything that can be fetched, the small before the large."""


def find_weights(name: str) -> Model | EmotionModel:
    """The recogniser or the network that hears emotions, by its name.

    Raises:
        SettingsError: There is none; names the nearest.
    """
    models: tuple[Model | EmotionModel, ...] = (*MODELS, *EMOTION_MODELS)
    known = {model.name: model for model in models}
    if name not in known:
        raise unknown_model(name, list(known))
    return known[name]
