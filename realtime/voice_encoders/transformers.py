"""The voice encoder `transformers`: any large network for speech emotions that Hugging Face's library reads.

wav2vec2, HuBERT, WavLM, data2vec and their like hear a whole stretch at once and nothing before it is over: the sound
of a segment is kept while it is spoken, and forgotten with it.
"""

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.evidence import EVIDENCE_WIDTH
from model.voice.measures import measured
from model.voice.sound import SAMPLE_RATE_HZ
from realtime.recognition.emotion_models import EMOTION_MODELS
from realtime.recognition.hub_cache import hub_folder
from realtime.recognition.stored_weights import given, mend, stored
from realtime.voice_reading import VoiceReading

if TYPE_CHECKING:
    from model.voice.audio_classifier import AudioClassifier

_PART: Final = "transformers"
_SETTING: Final = "voice_encoder"

KEPT_S: Final = 30
"""Of a segment, no more than this is kept: its newest."""

_KEPT: Final = KEPT_S * SAMPLE_RATE_HZ


class Settings(Config):
    """Which network, and where it computes."""

    model: str = Field(
        min_length=1,
        description="A name that `undertone models` shows, or one of the Hugging Face Hub that was fetched before, "
        "such as superb/wav2vec2-base-superb-er, or a path to a folder.",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="What computes: auto (a GPU where there is one), cpu, cuda, or one of several: cuda:1.",
    )


def create(settings: Settings) -> "TransformersVoiceEncoder":
    """The encoder for these settings; nothing is loaded yet.

    Raises:
        PartMissingError: The network's weights are not on this machine.
    """
    return TransformersVoiceEncoder(settings)


class TransformersVoiceEncoder:
    """A network that hears each stretch when it is asked for: up to seconds of work on a CPU, at once on a GPU.

    Args:
        settings: Which network, and where it computes.

    Raises:
        PartMissingError: The network's weights are not on this machine.
    """

    def __init__(self, settings: Settings) -> None:
        names = {model.origin.id: model.name for model in EMOTION_MODELS}
        fetched = names.get(settings.model, settings.model)
        folder = given(_PART, settings.model, Path.is_dir, _SETTING)
        self._folder = folder or stored(_PART, settings.model, fetched, hub_folder, _SETTING)
        self._device = settings.device
        self._classifier: AudioClassifier | None = None

    def open(self) -> None:
        """Load the network and warm it up.

        Raises:
            CheckpointError: The weights are damaged, or no network that tells emotions apart by voice.
            SettingsError: There is no such device.
        """
        # The library takes seconds to be imported; who only reads settings need not wait for it.
        from model.voice.audio_classifier import AudioClassifier  # noqa: PLC0415
        from realtime.recognition.torch_device import find_device  # noqa: PLC0415

        device = find_device(self._device, f"{_SETTING}.device")
        self._classifier = AudioClassifier.load(self._folder, device, mend(self._folder, _SETTING))

    def begin(self, start_s: float) -> "KeptCourse":
        """A new segment, whose first sample is at this media time."""
        if self._classifier is None:
            raise RuntimeError("begin() before open()")
        return KeptCourse(self._classifier, start_s)


class KeptCourse:
    """The sound of a segment, its newest 30 s. It goes when the course does.

    Args:
        classifier: Hears it.
        start_s: Media time of the segment's first sample.
    """

    def __init__(self, classifier: "AudioClassifier", start_s: float) -> None:
        self._classifier = classifier
        self._start_s = start_s
        self._pieces: deque[NDArray[np.float32]] = deque()
        self._kept = 0
        self._forgotten = 0

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next (T,) samples of the segment, without a hole; they are copied."""
        self._pieces.append(np.array(samples[-_KEPT:], np.float32))
        self._kept += len(self._pieces[-1])
        self._forgotten += len(samples) - len(self._pieces[-1])
        while self._kept - len(self._pieces[0]) >= _KEPT:
            gone = len(self._pieces.popleft())
            self._kept -= gone
            self._forgotten += gone

    def between(self, start_s: float, end_s: float) -> VoiceReading:
        """What was heard between two media times of the segment, as far as it is still kept.

        Less than 0.1 s, or nothing loud enough to be speech, is not given to the network: `spoken_s` is 0.

        Raises:
            SkippableError: The network says something that is no number.
        """
        sound = self._sound(start_s, end_s)
        found = measured(sound)
        heard = len(sound) >= self._classifier.shortest and found.spoken_s > 0.0
        return VoiceReading(
            logits=self._classifier.read(sound) if heard else np.zeros(EVIDENCE_WIDTH, np.float32),
            spoken_s=found.spoken_s if heard else 0.0,
            voiced_share=found.voiced_share,
            level_db=found.level_db,
            snr_db=found.snr_db,
            clipped_share=found.clipped_share,
        )

    def _sound(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        first, last = (
            max(0, round((time_s - self._start_s) * SAMPLE_RATE_HZ) - self._forgotten) for time_s in (start_s, end_s)
        )
        return np.concatenate(self._pieces)[first:last] if self._pieces else np.zeros(0, np.float32)
