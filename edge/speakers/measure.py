"""How well it is told who spoke: the diarization error on recordings with annotated turns."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import torch
from pydantic import BaseModel, Field

from edge.speakers.listening import Voices, listen
from model.conversation import UNKNOWN_SPEAKER
from model.datasets import rttm
from model.errors import DataError
from model.evaluation.diarization import COLLAR_S, DiarizationError, Turn, diarization_error
from realtime.diarizers import voices
from realtime.model_thread import ModelThread
from realtime.protocols import Diarizer
from realtime.voices.people import ClusteredPeople, VoiceSettings
from realtime.voices.splitting import steady

_SOUND = (".flac", ".wav", ".mp3", ".m4a", ".mp4", ".mkv", ".ogg")
_DIGITS = 4


class ErrorShares(BaseModel):
    """A diarization error rate and its parts, as shares of annotated speech."""

    rate: float
    missed: float
    false_alarm: float
    confusion: float


class RecordingResult(BaseModel):
    """One recording.

    Attributes:
        speech_s: Annotated speech that is scored, seconds; people at once count each.
        people: How many were annotated.
        found: How many were told apart.
        error: Of who was said to speak.
        one_speaker: Of the same stretches of speech, were everything said by one person.
    """

    recording: str
    speech_s: float
    people: int
    found: int
    error: ErrorShares
    one_speaker: ErrorShares


class SpeakerEvaluation(BaseModel):
    """All recordings of a folder.

    Attributes:
        collar_s: What is not scored on either side of an annotated boundary, seconds; people at once are scored.
        error: Of who was said to speak.
        one_speaker: Of the same stretches of speech, were everything said by one person: what the segmenter gives.
        always_one_speaker: Were there one person who never stops.
    """

    data: str
    collar_s: float = COLLAR_S
    speech_s: float
    settings: VoiceSettings
    error: ErrorShares
    one_speaker: ErrorShares
    always_one_speaker: ErrorShares
    recordings: tuple[RecordingResult, ...] = Field(description="In order of their names.")


def measure(folder: Path, progress: Callable[[int, int], None] = lambda *_: None) -> SpeakerEvaluation:
    """Hear every recording of a folder that has turns in an RTTM file beside it, and hold what is said against them.

    Args:
        folder: Recordings and RTTM files that name them.
        progress: Called with how many recordings were heard, of how many.

    Raises:
        DataError: There is no recording with turns, or an RTTM file is malformed.
        SourceError: A recording cannot be read.
        PartMissingError: resemblyzer is not installed.
    """
    annotated = _annotated(folder)
    torch.set_num_threads(1)
    settings = voices.Settings()
    with closing(ModelThread("voices")) as thread:
        heard = asyncio.run(_hear(list(annotated), voices.create(settings, (), thread), thread, progress))
    return judge(folder.name, annotated, heard, settings)


def judge(
    data: str, annotated: dict[Path, list[Turn]], heard: Sequence[Voices], settings: VoiceSettings
) -> SpeakerEvaluation:
    """What was heard of each recording, in the order of the annotation, held against it."""
    results, totals = [], [DiarizationError()] * 3
    for (path, turns), voices_heard in zip(annotated.items(), heard, strict=True):
        said = said_turns(voices_heard, settings)
        one = [Turn("everybody", turn.start_s, turn.end_s) for turn in said]
        always = [Turn("everybody", 0.0, voices_heard.length_s)]
        errors = [diarization_error(turns, claim, voices_heard.length_s) for claim in (said, one, always)]
        totals = [total + error for total, error in zip(totals, errors, strict=True)]
        results.append(
            RecordingResult(
                recording=path.stem,
                speech_s=round(errors[0].scored_s, 2),
                people=len({turn.speaker for turn in turns}),
                found=len({turn.speaker for turn in said} - {UNKNOWN_SPEAKER}),
                error=_shares(errors[0]),
                one_speaker=_shares(errors[1]),
            )
        )
    return SpeakerEvaluation(
        data=data,
        speech_s=round(totals[0].scored_s, 2),
        settings=settings,
        error=_shares(totals[0]),
        one_speaker=_shares(totals[1]),
        always_one_speaker=_shares(totals[2]),
        recordings=tuple(results),
    )


def said_turns(heard: Voices, settings: VoiceSettings) -> list[Turn]:
    """Who is said to speak when in a recording, heard as one conversation."""
    people = ClusteredPeople(settings)
    turns = [turn for voice in heard.heard for turn in steady(people.identify(voice).turns)]
    return [Turn(turn.speaker.id, turn.start_s, turn.end_s) for turn in turns]


async def _hear(
    recordings: Sequence[Path], diarizer: Diarizer, thread: ModelThread, progress: Callable[[int, int], None]
) -> list[Voices]:
    await diarizer.open()
    heard = []
    for number, path in enumerate(recordings):
        progress(number, len(recordings))
        heard.append(await listen(path, diarizer, thread))
    return heard


def _annotated(folder: Path) -> dict[Path, list[Turn]]:
    """Every recording with its turns, in order of names."""
    remedy = "Give a folder with recordings, such as meeting.flac, and their turns in RTTM files"
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder", remedy)
    turns: dict[str, list[Turn]] = {}
    for path in sorted(folder.glob("*.rttm")):
        turns |= rttm.read(path)
    sounds = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SOUND}
    annotated = {path: turns[name] for name, path in sounds.items() if name in turns}
    if not annotated:
        raise DataError(f"{folder} holds no recording whose turns are in an RTTM file", remedy)
    return annotated


def _shares(error: DiarizationError) -> ErrorShares:
    scored_s = error.scored_s or 1.0
    return ErrorShares(
        rate=round(error.rate, _DIGITS),
        missed=round(error.missed_s / scored_s, _DIGITS),
        false_alarm=round(error.false_alarm_s / scored_s, _DIGITS),
        confusion=round(error.confusion_s / scored_s, _DIGITS),
    )
