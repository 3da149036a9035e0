"""Speech emotion checkpoints of Hugging Face's `transformers`: wav2vec2, HuBERT, WavLM, data2vec and their like.

Any checkpoint that `AutoModelForAudioClassification` reads and whose labels name emotions. Those that estimate arousal,
valence or dominance instead name none, and those that bring code of their own are not run.
"""

from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, ClassVar, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForAudioClassification
from transformers.models.auto.modeling_auto import MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES
from transformers.utils.logging import disable_progress_bar

from model.emotions import EKMAN_LABELS, NEUTRAL
from model.errors import CheckpointError, SkippableError
from model.label_names import bounded, in_ekman_order, to_ekman
from model.voice.sound import SAMPLE_RATE_HZ

_LEAST_LABELS: Final = 4  # neutral, anger, joy and sadness, as the SUPERB benchmark has them
_DIMENSIONS: Final = frozenset({"arousal", "valence", "dominance", "activation"})
_ONLY_TRAINED_WITH: Final = "masked_spec_embed"  # published checkpoints lack it
_WARM_UP_S: Final = 2
_HISS: Final = 0.01  # level of what it warms up with: in silence a network that normalises divides by nearly nothing
_UNREADABLE: Final = (
    OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, ImportError, SafetensorError,
    UnpicklingError,
)  # fmt: skip
_ANOTHER: Final = "Choose a checkpoint that classifies speech by emotion, such as superb/wav2vec2-base-superb-er"


class AudioClassifier:
    """A network that hears a whole stretch at once. Computes with 32-bit floats wherever it runs.

    Args:
        model: The network, on its device.
        extractor: Makes of sound what the network reads.
        places: Which place in `EKMAN_LABELS` each of its outputs has.
    """

    shortest: ClassVar[int] = 1_600
    """Samples that it must get, 0.1 s: wav2vec2's convolutions read 400 at least, and a frame or two say nothing."""

    def __init__(self, model: Any, extractor: Any, places: Sequence[int | None]) -> None:  # noqa: ANN401 - of transformers
        self._model = model
        self._extractor = extractor
        self._places = places

    @classmethod
    def load(cls, folder: Path, device: torch.device, mend: str) -> Self:
        """The checkpoint in a folder, warmed up; nothing is fetched, and no code in it is run.

        Args:
            folder: With `config.json`, `preprocessor_config.json` and the weights.
            device: Where it computes.
            mend: What to do about a folder that cannot be read.

        Raises:
            CheckpointError: It cannot be read, is incomplete, is no classifier of sound, names no emotions, hears
                sound of another rate, or says something that is no number.
        """
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            places = _places(folder, config)
            extractor = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)  # type: ignore[no-untyped-call]
            model, found = AutoModelForAudioClassification.from_pretrained(
                folder, config=config, local_files_only=True, dtype=torch.float32, output_loading_info=True
            )
            model.to(device).eval()
        except _UNREADABLE as error:
            raise CheckpointError(f"{folder} cannot be loaded as a voice encoder ({_said(error)})", mend) from error
        _check_whole(folder, found["missing_keys"])
        _check_rate(folder, extractor.sampling_rate)
        classifier = cls(model, extractor, places)
        classifier._warm_up(folder, mend)
        return classifier

    def _warm_up(self, folder: Path, mend: str) -> None:
        hiss = np.random.default_rng(0).standard_normal(_WARM_UP_S * SAMPLE_RATE_HZ).astype(np.float32)
        try:
            for length in (len(hiss), self.shortest):
                self.read(np.float32(_HISS) * hiss[:length])
        except (SkippableError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"{folder} cannot hear {length / SAMPLE_RATE_HZ} s of noise ({error})", mend
            ) from error

    @torch.inference_mode()
    def read(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """(7,) centred log-probabilities of `EKMAN_LABELS` for (T,) samples, at least `shortest`; none below `LEAST`.

        Raises:
            SkippableError: The network says something that is no number.
        """
        inputs = self._extractor(sound, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").to(self._model.device)
        logits: NDArray[np.float32] = self._model(**inputs).logits[0].float().cpu().numpy()
        if not np.isfinite(logits).all():
            raise SkippableError("the voice encoder's network says something that is no number")
        return bounded(in_ekman_order(logits, self._places))


def _said(error: Exception) -> str:
    if isinstance(error, UnpicklingError):
        return "UnpicklingError: it holds something else than numbers"
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]


def _places(folder: Path, config: Any) -> tuple[int | None, ...]:  # noqa: ANN401 - a class of transformers
    """What the outputs mean. Raises CheckpointError where they are no emotions."""
    if config.model_type not in MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES:
        raise CheckpointError(f"{folder} holds a model of kind {config.model_type!r}, not one that hears", _ANOTHER)
    names = [config.id2label[number] for number in range(config.num_labels)]
    if config.problem_type == "regression" or any(name.lower() in _DIMENSIONS for name in names):
        raise CheckpointError(
            f"{folder} estimates dimensions ({', '.join(names)}) instead of telling emotions apart", _ANOTHER
        )
    places = to_ekman(names, at_least=_LEAST_LABELS)
    if EKMAN_LABELS.index(NEUTRAL) not in places:
        raise CheckpointError(f"{folder} knows no {NEUTRAL} voice: {', '.join(names)}", _ANOTHER)
    return places


def _check_whole(folder: Path, missing: Sequence[str]) -> None:
    needed = sorted(name for name in missing if not name.endswith(_ONLY_TRAINED_WITH))
    if needed:
        raise CheckpointError(
            f"{folder} lacks {len(needed)} parameters of a network that classifies sound, such as {needed[0]}", _ANOTHER
        )


def _check_rate(folder: Path, rate_hz: int) -> None:
    if rate_hz != SAMPLE_RATE_HZ:
        raise CheckpointError(f"{folder} hears sound of {rate_hz} Hz, not of {SAMPLE_RATE_HZ}", _ANOTHER)
