"""faster-whisper inside a recogniser's process: Whisper computed by CTranslate2.

Each stretch of up to 30 s is encoded once and decoded once, on its own, as `realtime.recognition.whisper_decoder` does.
CTranslate2 cannot be stopped while it decodes: a void take costs at most its present stretch.
"""

from collections.abc import Callable

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from numpy.typing import NDArray

from model.errors import SettingsError
from realtime.recognition.framing import Message
from realtime.recognition.stored_weights import unreadable
from realtime.recognition.utterance_decoder import Stretch, TimedWord
from realtime.recognition.whisper_punctuation import BEFORE, BEHIND

_LONGEST_S = 30.0
_UNHEARD = (-1,)  # as openai-whisper: symbols that nobody says


def load(settings: Message) -> "FasterWhisperDecoder":
    """The model in the folder `path`, on its device.

    Raises:
        CheckpointError: The folder does not hold one.
        SettingsError: The model does not understand the language, or there is no such device.
    """
    kind, index = _device(settings["device"])
    try:
        model = WhisperModel(
            settings["path"],
            device=kind,
            device_index=index,
            compute_type=settings["compute_type"],
            cpu_threads=settings["threads"],
            local_files_only=True,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable(settings, error) from error
    language = settings["language"]
    if language is not None and language not in model.supported_languages:
        raise SettingsError(
            f"transcriber faster_whisper: model {settings['model']} does not understand language {language!r}",
            "Set transcriber.language: en, or a model without .en, which understands many, such as model: base",
        )
    return FasterWhisperDecoder(model, settings)


class FasterWhisperDecoder:
    """A loaded Whisper.

    Args:
        model: The network, on its device.
        settings: The first message: `language` (None: found out), `beams`.
    """

    longest_s = _LONGEST_S

    def __init__(self, model: WhisperModel, settings: Message) -> None:
        self._model = model
        self._language: str | None = settings["language"] if model.model.is_multilingual else "en"
        self._beams: int = settings["beams"]

    def decode(self, samples: NDArray[np.float32], is_void: Callable[[], bool]) -> Stretch:  # noqa: ARG002 - see above
        """What is said in (T,) samples."""
        model = self._model
        features = model.feature_extractor(samples)
        encoded = model.encode(pad_or_trim(features))
        language = self._language or model.model.detect_language(encoded)[0][0][0].strip("<|>")
        tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language)
        (result,) = model.model.generate(
            encoded,
            [model.get_prompt(tokenizer, [], without_timestamps=True)],
            beam_size=self._beams,
            max_length=model.max_length,
            suppress_tokens=get_suppressed_tokens(tokenizer, _UNHEARD),
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens: list[int] = result.sequences_ids[0]
        if not tokens:
            return Stretch("", no_speech_probability=result.no_speech_prob, language=language)
        return Stretch(
            text=tokenizer.decode(tokens).strip(),
            words=self._align(tokenizer, tokens, encoded, features.shape[-1]),
            # The score is divided by the number of tokens; the end, which is in it, is one more.
            mean_log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech_probability=result.no_speech_prob,
            language=language,
        )

    def _align(
        self, tokenizer: Tokenizer, tokens: list[int], encoded: ctranslate2.StorageView, frames: int
    ) -> tuple[TimedWord, ...]:
        """When each word was said."""
        text = [token for token in tokens if token < tokenizer.eot]
        if not text:
            return ()
        (words,) = self._model.find_alignment(tokenizer, [text], encoded, frames)
        merge_punctuations(words, BEHIND, BEFORE)
        return tuple(
            (word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
            for word in words
            if word["word"].strip()
        )


def _device(asked: str) -> tuple[str, int]:
    """The kind of a device and its number."""
    kind, _, index = asked.partition(":")
    there = ctranslate2.get_cuda_device_count()
    if kind == "cuda" and int(index or 0) >= there:
        raise SettingsError(
            f"device {asked}: CTranslate2 finds {there} GPUs here",
            "Set transcriber.device: auto, or see `undertone doctor`",
        )
    return kind, int(index or 0)
