"""Speech recognition checkpoints of `transformers` inside a recogniser's process.

Two kinds: those that write a text token after token (Whisper, Moonshine, Speech2Text, …), and those that say a letter
or none for every moment (CTC: wav2vec2, HuBERT, …), which therefore know when each word was.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCTC, AutoModelForSpeechSeq2Seq, AutoProcessor
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CTC_MAPPING_NAMES,
    MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES,
)
from transformers.utils.logging import disable_progress_bar

from model.errors import CheckpointError, SettingsError
from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.framing import Message
from realtime.recognition.stored_weights import unreadable
from realtime.recognition.torch_device import prepare
from realtime.recognition.utterance_decoder import Stretch, TimedWord, UtteranceDecoder, VoidError

_LONGEST_S = 30.0  # what Whisper takes; others were hardly trained on more
_MOONSHINE_TOKENS_PER_S = 6.5  # the model card's own limit: it loops where it has nothing to write
_ONLY_TRAINED_WITH = "masked_spec_embed"  # published checkpoints lack it
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, ImportError)


def load(settings: Message) -> UtteranceDecoder:
    """The model in the folder `path`, on its device.

    Raises:
        CheckpointError: The folder does not hold one for speech, or not all of one.
        SettingsError: The model does not understand the language, or there is no such device.
    """
    model, processor = _read_checkpoint(settings, prepare(settings))
    if processor.feature_extractor.sampling_rate != SAMPLE_RATE_HZ:
        rate_hz = processor.feature_extractor.sampling_rate
        raise unreadable(settings, ValueError(f"it hears sound of {rate_hz} Hz, not of {SAMPLE_RATE_HZ}"))
    is_whisper = model.config.model_type == "whisper"
    _check_language(settings, [*_languages(model.generation_config).values()] or ["en"] if is_whisper else None)
    if not model.config.is_encoder_decoder:
        return CtcDecoder(model, processor, settings)
    return WhisperWriter(model, processor, settings) if is_whisper else Writer(model, processor, settings)


def _read_checkpoint(settings: Message, device: torch.device) -> tuple[Any, Any]:
    """The network, on its device, and its processor; nothing of it may be missing."""
    disable_progress_bar()  # type: ignore[no-untyped-call]
    path = settings["path"]
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    try:
        kind = _kind(settings, AutoConfig.from_pretrained(path, local_files_only=True).model_type)
        processor = AutoProcessor.from_pretrained(path, local_files_only=True)  # type: ignore[no-untyped-call]
        model, found = kind.from_pretrained(path, local_files_only=True, dtype=dtype, output_loading_info=True)
        model.to(device).eval()
    except (*_UNREADABLE, SafetensorError, json.JSONDecodeError) as error:
        raise unreadable(settings, error) from error
    missing = [name for name in found["missing_keys"] if not name.endswith(_ONLY_TRAINED_WITH)]
    if missing:
        raise unreadable(settings, KeyError(f"{len(missing)} of its parameters are missing"))
    return model, processor


def _kind(settings: Message, model_type: str) -> Any:  # noqa: ANN401 - a class of transformers
    if model_type in MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES:
        return AutoModelForSpeechSeq2Seq
    if model_type in MODEL_FOR_CTC_MAPPING_NAMES:
        return AutoModelForCTC
    raise CheckpointError(
        f"transcriber {settings['part']}: {settings['path']} holds a model of kind {model_type!r}, not one for speech",
        "Give transcriber.model a speech recognition checkpoint, such as moonshine-base",
    )


def _languages(generation: Any) -> dict[int, str]:  # noqa: ANN401 - of transformers
    """The languages that a Whisper tells apart, by their tokens; none for one that knows English only."""
    tokens: dict[str, int] = getattr(generation, "lang_to_id", None) or {}
    return {number: token.strip("<|>") for token, number in tokens.items()}


def _check_language(settings: Message, known: list[str] | None) -> None:
    """Refuse a language that is not among those the model tells apart; without any, it must be said which it is."""
    language = settings["language"]
    if known is None and language is None:
        raise SettingsError(
            f"transcriber {settings['part']}: model {settings['model']} does not find out what is spoken",
            "Say it, such as transcriber.language: en",
        )
    if known is not None and language is not None and language not in known:
        raise SettingsError(
            f"transcriber {settings['part']}: model {settings['model']} does not understand language {language!r}",
            "Set transcriber.language: en, or a model without .en, which understands many languages",
        )


class _Loaded:
    """What both kinds have: a model and its processor.

    Args:
        model: The network, on its device.
        processor: Sound to what the network reads, and what it says to text.
        settings: The first message: `language`.
    """

    longest_s = _LONGEST_S

    def __init__(self, model: Any, processor: Any, settings: Message) -> None:  # noqa: ANN401 - of transformers
        self._model = model
        self._processor = processor
        self._language: str | None = settings["language"]

    def _read(self, samples: NDArray[np.float32]) -> dict[str, torch.Tensor]:
        """What the network reads, by the names of its arguments."""
        inputs = self._processor(samples, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
        return {
            name: tensor.to(self._model.device, self._model.dtype if tensor.is_floating_point() else tensor.dtype)
            for name, tensor in inputs.items()
        }


class Writer(_Loaded):
    """A model that writes a text token after token; it does not know when each word was."""

    def __init__(self, model: Any, processor: Any, settings: Message) -> None:  # noqa: ANN401 - of transformers
        super().__init__(model, processor, settings)
        self._is_void: Callable[[], bool] = _never
        model.get_decoder().register_forward_pre_hook(self._stop_if_void)

    @torch.inference_mode()
    def decode(self, samples: NDArray[np.float32], is_void: Callable[[], bool]) -> Stretch:
        """What is said in (T,) samples; `is_void` is asked before every token."""
        self._is_void = is_void
        try:
            return self._write(self._read(samples), samples.size / SAMPLE_RATE_HZ)
        finally:
            self._is_void = _never

    def _write(self, inputs: dict[str, torch.Tensor], heard_s: float) -> Stretch:
        limits = {}
        if self._model.config.model_type.startswith("moonshine"):
            limits["max_new_tokens"] = 1 + round(heard_s * _MOONSHINE_TOKENS_PER_S)
        said = self._generate(**inputs, **limits)
        return Stretch(self._text(said), mean_log_probability=self._sureness(said), language=self._language)

    def _generate(self, **arguments: Any) -> Any:  # noqa: ANN401 - of transformers
        return self._model.generate(
            **arguments, do_sample=False, num_beams=1, output_scores=True, return_dict_in_generate=True
        )

    def _text(self, said: Any) -> str:  # noqa: ANN401 - of transformers
        text: str = self._processor.batch_decode(said.sequences, skip_special_tokens=True)[0]
        return text.strip()

    def _sureness(self, said: Any) -> float:  # noqa: ANN401 - of transformers
        """The mean log-probability of all tokens, of the end as well."""
        scores = self._model.compute_transition_scores(said.sequences, said.scores, normalize_logits=True)
        return float(scores.float().mean())

    def _stop_if_void(self, *_: object) -> None:
        if self._is_void():
            raise VoidError("nobody waits for it")


class WhisperWriter(Writer):
    """Whisper, which besides says how probable silence is, and in which language it writes."""

    def _write(self, inputs: dict[str, torch.Tensor], heard_s: float) -> Stretch:  # noqa: ARG002 - 30 s, always
        encoded = self._model.get_encoder()(inputs["input_features"])
        languages = _languages(self._model.generation_config)
        task = {"language": self._language, "task": "transcribe"} if languages else {}
        said = self._generate(encoder_outputs=encoded, return_timestamps=False, **task)
        spoken = (languages[token] for token in said.sequences[0].tolist() if token in languages)
        return Stretch(
            self._text(said),
            mean_log_probability=self._sureness(said),
            no_speech_probability=self._silence(encoded),
            language=next(spoken, "en"),
        )

    def _silence(self, encoded: BaseModelOutput) -> float | None:
        """How probable it is that nobody spoke: what the model would say first of all."""
        tokenizer = self._processor.tokenizer
        known = tokenizer.get_vocab()
        token = known.get("<|nospeech|>", known.get("<|nocaptions|>"))
        if token is None:
            return None
        start = torch.tensor([[self._model.generation_config.decoder_start_token_id]], device=self._model.device)
        logits = self._model(encoder_outputs=encoded, decoder_input_ids=start).logits
        return float(logits[0, 0].float().softmax(-1)[token])


class CtcDecoder(_Loaded):
    """A model that says a letter or none for every moment."""

    def __init__(self, model: Any, processor: Any, settings: Message) -> None:  # noqa: ANN401 - of transformers
        super().__init__(model, processor, settings)
        self._none = model.config.pad_token_id

    @torch.inference_mode()
    def decode(self, samples: NDArray[np.float32], is_void: Callable[[], bool]) -> Stretch:  # noqa: ARG002 - one step
        """What is said in (T,) samples; there is nowhere to stop in between."""
        logits = self._model(**self._read(samples)).logits[0].float()  # (frames, letters)
        sure, letters = logits.log_softmax(-1).max(-1)
        said = letters != self._none
        text, words = self._words(letters, sure.exp(), samples.size / SAMPLE_RATE_HZ / len(letters))
        mean = float(sure[said].mean()) if said.any() else None
        return Stretch(text, words, mean, language=self._language)

    def _words(self, letters: torch.Tensor, sure: torch.Tensor, frame_s: float) -> tuple[str, tuple[TimedWord, ...]]:
        """The text, and its words from their first letter to their last."""
        tokenizer = self._processor.tokenizer
        if not hasattr(tokenizer, "word_delimiter_token"):
            return tokenizer.decode(letters.tolist(), skip_special_tokens=True).strip(), ()
        found = tokenizer.decode(letters.tolist(), skip_special_tokens=True, output_word_offsets=True)
        words = tuple(
            (
                _lower_case(word["word"]),
                float(word["start_offset"] * frame_s),
                float(word["end_offset"] * frame_s),
                float(sure[word["start_offset"] : word["end_offset"]].mean()),
            )
            for word in found.word_offsets
            if word["word"]
        )
        return _lower_case(found.text.strip()), words


def _lower_case(text: str) -> str:
    """Many such models know capitals only; nobody shouted."""
    return text.lower() if text.isupper() else text


def _never() -> bool:
    return False
