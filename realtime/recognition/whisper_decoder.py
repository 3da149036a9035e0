"""openai-whisper inside a recogniser's process.

Each stretch of up to 30 s is encoded once and decoded once, on its own: nothing that was said before is a prompt
(`condition_on_previous_text=False`), because a sentence that Whisper made up once would come back. Timestamps are not
decoded; words get theirs by alignment, from the sound that is encoded already.
"""

import contextlib
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from numpy.typing import NDArray
from whisper.audio import CHUNK_LENGTH, HOP_LENGTH, N_SAMPLES
from whisper.timing import find_alignment, merge_punctuations
from whisper.tokenizer import LANGUAGES, Tokenizer, get_tokenizer

from model.errors import SettingsError
from realtime.recognition.framing import Message
from realtime.recognition.gates import Evidence, GateSettings, compression_ratio, is_above, is_below, is_silence
from realtime.recognition.stored_weights import unreadable
from realtime.recognition.torch_device import prepare
from realtime.recognition.utterance_decoder import Stretch, TimedWord, VoidError
from realtime.recognition.whisper_punctuation import BEFORE, BEHIND

_WARM_UP = " warm"


def load(settings: Message) -> "WhisperDecoder":
    """The model in the file `path`, on its device.

    Raises:
        CheckpointError: The file does not hold one.
        SettingsError: The model does not understand the language, or there is no such device.
    """
    device = prepare(settings)
    try:
        model = whisper.load_model(settings["path"], device=device)
    except (OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise unreadable(settings, error) from error
    _use_published_heads(model, Path(settings["path"]).stem.removeprefix("whisper-"))
    language = settings["language"]
    if language is not None and language not in (LANGUAGES if model.is_multilingual else {"en": "english"}):
        raise SettingsError(
            f"transcriber whisper: model {settings['model']} does not understand language {language!r}",
            "Set transcriber.language: en, or a model without .en, which understands many, such as model: base",
        )
    return WhisperDecoder(model, settings)


class WhisperDecoder:
    """A loaded Whisper.

    Args:
        model: The network, on its device.
        settings: The first message: `language` (None: found out), `beams`, `temperatures`, `gates`.
    """

    longest_s = float(CHUNK_LENGTH)

    def __init__(self, model: whisper.Whisper, settings: Message) -> None:
        self._model = model.eval()
        self._language: str | None = settings["language"] if model.is_multilingual else "en"
        self._beams: int = settings["beams"]
        self._temperatures: list[float] = settings["temperatures"]
        self._gates = GateSettings(**settings["gates"])
        self._half = model.device.type == "cuda"
        self._is_void: Callable[[], bool] = _never
        model.decoder.register_forward_pre_hook(self._stop_if_void)
        self._warm_up()

    @torch.inference_mode()
    def decode(self, samples: NDArray[np.float32], is_void: Callable[[], bool]) -> Stretch:
        """What is said in (T,) samples; `is_void` is asked before every token."""
        features = self._encode(samples)
        self._is_void = is_void
        try:
            result = self._best(features, samples.size / whisper.audio.SAMPLE_RATE)
        finally:
            self._is_void = _never
        tokenizer = self._tokenizer(result.language)
        tokens = [token for token in result.tokens if token < tokenizer.eot]
        return Stretch(
            text=result.text,
            words=self._align(tokenizer, tokens, features, samples.size),
            mean_log_probability=result.avg_logprob,
            no_speech_probability=None if math.isnan(result.no_speech_prob) else result.no_speech_prob,
            language=result.language,
        )

    def _warm_up(self) -> None:
        """Alignment is compiled when it is first called, which takes seconds."""
        tokenizer = self._tokenizer("en")
        with torch.inference_mode():
            features = self._encode(np.zeros(N_SAMPLES, np.float32))
            self._align(tokenizer, tokenizer.encode(_WARM_UP), features, N_SAMPLES)

    def _encode(self, samples: NDArray[np.float32]) -> torch.Tensor:
        """(1, 1500, S): the sound as the decoder attends to it."""
        padded = whisper.pad_or_trim(torch.from_numpy(samples), N_SAMPLES)
        mel = whisper.log_mel_spectrogram(padded, self._model.dims.n_mels, device=self._model.device)
        features: torch.Tensor = self._model.embed_audio(mel[None].half() if self._half else mel[None])
        return features

    def _best(self, features: torch.Tensor, heard_s: float) -> whisper.DecodingResult:
        """The first temperature whose text need not be tried again, by Whisper's own rule; else the last."""
        result = None
        for temperature in self._temperatures:
            options = whisper.DecodingOptions(
                language=self._language,
                temperature=temperature,
                beam_size=self._beams if self._beams > 1 and not temperature else None,
                without_timestamps=True,
                fp16=self._half,
            )
            (result,) = whisper.decode(self._model, features, options)
            if not self._should_try_again(result, heard_s):
                break
        if result is None:
            raise RuntimeError("no temperature to decode at")
        return result

    def _should_try_again(self, result: whisper.DecodingResult, heard_s: float) -> bool:
        gates = self._gates
        silent = is_silence(Evidence(result.text, heard_s, result.avg_logprob, result.no_speech_prob), gates)
        loops = is_above(compression_ratio(result.text), gates.most_compression)
        return not silent and (loops or is_below(result.avg_logprob, gates.doubtful_log_probability))

    def _tokenizer(self, language: str) -> Tokenizer:
        model = self._model
        return get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language=language, task="transcribe"
        )

    def _align(
        self, tokenizer: Tokenizer, tokens: list[int], features: torch.Tensor, samples: int
    ) -> tuple[TimedWord, ...]:
        """When each word was said."""
        words = find_alignment(_Encoded(self._model), tokenizer, tokens, features[0], samples // HOP_LENGTH)
        merge_punctuations(words, BEHIND, BEFORE)
        return tuple(
            (word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for word in words
            if word.word.strip()
        )

    def _stop_if_void(self, *_: object) -> None:
        if self._is_void():
            raise VoidError("nobody waits for it")


def _use_published_heads(model: whisper.Whisper, name: str) -> None:
    """Align words by the heads that are best at it, where they were published; by the upper half of all otherwise."""
    heads = whisper._ALIGNMENT_HEADS.get(name)  # noqa: SLF001 - a path to a file does not take them along
    if heads is not None:
        with contextlib.suppress(RuntimeError):  # a model of another size that bears that name
            model.set_alignment_heads(heads)


class _Encoded:
    """A model whose sound comes encoded: alignment would encode it a second time, which costs most of the work."""

    def __init__(self, model: whisper.Whisper) -> None:
        self._model = model

    def __call__(self, features: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model.decoder(tokens, features)
        return logits

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the model has
        return getattr(self._model, name)


def _never() -> bool:
    return False
