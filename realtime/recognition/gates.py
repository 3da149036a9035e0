"""Gates: what a recogniser made out of sound in which nobody spoke, told from what was said.

A recogniser that was trained to answer with a sentence answers with one to music, to noise and to silence as well. Each
gate is a rule about one recognised stretch of sound; the first that does not let it pass says why, and then nothing is
said of it.

    gate                  passes                                  where its threshold is from
    no speech             unless the model itself gives silence   Radford et al. 2022 (arXiv:2212.04356), section 4.5;
                          more than 0.6, and its tokens a mean    `no_speech_threshold` and `logprob_threshold` of
                          log-probability below -1                whisper/transcribe.py
    improbable            from a mean log-probability of -1.5     ours: half a nat below where Whisper's own rule begins
                                                                  to doubt; for recognisers that do not model silence
    compressible          up to a compression ratio of 2.4        the same section, `compression_ratio_threshold`;
                                                                  zlib, bytes before by bytes after
    repeated              up to 5 times the same words in a row   ours: people do say no four times
    too fast              up to 40 characters a second            ours: 400 words a minute of five letters and a space
    no words              where letters or digits are left when   subtitles, on which such recognisers are trained,
                          bracketed sounds are taken out          write sounds as [Music], (laughs), *sighs*, ♪ la ♪

None of our own thresholds was fitted to data.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from model.config import Config

_LONGEST_PHRASE = 8  # words
_SOUND = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪|<[^>]*>")
_WORD_CHARACTER = re.compile(r"[^\W_]")


class GateSettings(Config):
    """What is believed of a batch recogniser; null lets everything pass a gate."""

    no_speech_probability: float | None = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description="Above this probability of silence, together with doubtful_log_probability, nobody spoke.",
    )
    doubtful_log_probability: float = Field(
        default=-1.0, le=0.0, description="Mean log-probability of the tokens below which silence is believed."
    )
    least_log_probability: float | None = Field(
        default=-1.5, le=0.0, description="Mean log-probability of the tokens below which nothing is believed."
    )
    most_compression: float | None = Field(
        default=2.4, ge=1.0, description="How many times shorter text may get when compressed; loops get shortest."
    )
    most_repeats: int | None = Field(
        default=5, ge=1, description="How often the same words may be said in a row, without others between."
    )
    most_characters_per_s: float | None = Field(
        default=40.0, gt=0.0, description="Characters of text per second of sound that somebody can say."
    )
    words_only: bool = Field(
        default=True, description="Whether punctuation and bracketed sounds, such as [Music], are nothing said."
    )


class Rejection(StrEnum):
    """Why something recognised is not believed."""

    NO_SPEECH = "no speech"
    IMPROBABLE = "improbable"
    COMPRESSIBLE = "compressible"
    REPEATED = "repeated"
    TOO_FAST = "too fast"
    NO_WORDS = "no words"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a recogniser says of one stretch of sound, and how sure it is.

    Attributes:
        text: What it made of it.
        heard_s: Length of the sound, seconds.
        mean_log_probability: Of the tokens of the text, natural logarithm; None where it gives none.
        no_speech_probability: That nobody spoke; None where it does not model that.
    """

    text: str
    heard_s: float
    mean_log_probability: float | None = None
    no_speech_probability: float | None = None


def rejection(evidence: Evidence, gates: GateSettings) -> Rejection | None:
    """Why this is not believed; None where it is, and where there is nothing to believe."""
    text = evidence.text.strip()
    if not text:
        return None
    reasons = {
        Rejection.NO_WORDS: gates.words_only and not has_words(text),
        Rejection.NO_SPEECH: is_silence(evidence, gates),
        Rejection.IMPROBABLE: is_below(evidence.mean_log_probability, gates.least_log_probability),
        Rejection.COMPRESSIBLE: is_above(compression_ratio(text), gates.most_compression),
        Rejection.REPEATED: is_above(most_repeats(text), gates.most_repeats),
        Rejection.TOO_FAST: is_above(len(text), _characters_in(evidence.heard_s, gates)),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def is_silence(evidence: Evidence, gates: GateSettings) -> bool:
    """Whisper's own rule: silence is probable, and what was recognised nevertheless is not."""
    return is_above(evidence.no_speech_probability, gates.no_speech_probability) and is_below(
        evidence.mean_log_probability, gates.doubtful_log_probability
    )


def is_below(value: float | None, threshold: float | None) -> bool:
    """Whether a known value is below its threshold, or no number at all."""
    return value is not None and threshold is not None and not value >= threshold


def is_above(value: float | None, threshold: float | None) -> bool:
    """Whether a known value is above its threshold, or no number at all."""
    return value is not None and threshold is not None and not value <= threshold


def has_words(text: str) -> bool:
    """Whether anything but punctuation and bracketed sounds is in it."""
    return _WORD_CHARACTER.search(_SOUND.sub("", text)) is not None


def compression_ratio(text: str) -> float:
    """How many times shorter zlib makes it."""
    plain = text.encode()
    return len(plain) / len(zlib.compress(plain))


def most_repeats(text: str) -> int:
    """How often the most repeated phrase of up to 8 words follows itself, case and punctuation aside; 1 for once."""
    words = re.findall(r"\w+", text.lower())
    return max((_repeats(words, length) for length in range(1, min(_LONGEST_PHRASE, len(words)) + 1)), default=0)


def _repeats(words: list[str], length: int) -> int:
    """How often a phrase of this many words follows itself: words equal those `length` before, run by run."""
    longest = run = 0
    for before, word in zip(words, words[length:], strict=False):
        run = run + 1 if word == before else 0
        longest = max(longest, run)
    return longest // length + 1


def _characters_in(heard_s: float, gates: GateSettings) -> float | None:
    return None if gates.most_characters_per_s is None else gates.most_characters_per_s * heard_s
