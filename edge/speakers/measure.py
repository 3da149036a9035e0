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
_EVERYBODY = "everybody"
_PAUSE_S = 0.5
_BEFORE_S, _AFTER_S = 0.1, 0.2


class ErrorShares(BaseModel):
    """A diarization error rate and its parts, as shares of annotated speech."""

    rate: float
    missed: float
    false_alarm: float
    confusion: float


class RecordingResult(BaseModel):
    """One recording; the errors are those of `SpeakerEvaluation`.

    Attributes:
        speech_s: Annotated speech that is scored, seconds; people at once count each.
        people: How many were annotated.
        found: How many were told apart.
    """

    recording: str
    speech_s: float
    people: int
    found: int
    error: ErrorShares
    one_speaker: ErrorShares
    segmenter: ErrorShares


class SpeakerEvaluation(BaseModel):
    """All recordings of a folder.

    Attributes:
        collar_s: What is not scored on either side of an annotated boundary, seconds; people at once are scored.
        error: Of who is said to speak when: turns, joined across pauses of one person.
        one_speaker: Of the same turns, were all of one person.
        segmenter: Of the stretches of speech as the segmenter finds them, were all of one person.
        always_one_speaker: Were there one person who never stops.
    """

    data: str
    collar_s: float = COLLAR_S
    speech_s: float
    settings: VoiceSettings
    error: ErrorShares
    one_speaker: ErrorShares
    segmenter: ErrorShares
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
    results, totals = [], [DiarizationError()] * 4
    for (path, turns), recording in zip(annotated.items(), heard, strict=True):
        said = said_turns(recording, settings)
        claims = (said, *_one_speaker(said, recording))
        errors = [diarization_error(turns, claim, recording.length_s) for claim in claims]
        totals = [total + error for total, error in zip(totals, errors, strict=True)]
        results.append(
            RecordingResult(
                recording=path.stem,
                speech_s=round(errors[0].scored_s, 2),
                people=len({turn.speaker for turn in turns}),
                found=len({turn.speaker for turn in said} - {UNKNOWN_SPEAKER}),
                error=_shares(errors[0]),
                one_speaker=_shares(errors[1]),
                segmenter=_shares(errors[2]),
            )
        )
    return SpeakerEvaluation(
        data=data,
        speech_s=round(totals[0].scored_s, 2),
        settings=settings,
        error=_shares(totals[0]),
        one_speaker=_shares(totals[1]),
        segmenter=_shares(totals[2]),
        always_one_speaker=_shares(totals[3]),
        recordings=tuple(results),
    )


def said_turns(heard: Voices, settings: VoiceSettings) -> list[Turn]:
    """Who is said to speak when in a recording, heard as one conversation.

    Speech is cut at every pause, and closely; turns are annotated with a little around them, and across short pauses.
    """
    people = ClusteredPeople(settings)
    turns = [turn for voice in heard.heard for turn in steady(people.identify(voice).turns)]
    said: list[Turn] = []
    for speaker in dict.fromkeys(turn.speaker.id for turn in turns):
        own = [turn for turn in turns if turn.speaker.id == speaker]
        said += joined([(turn.start_s, turn.end_s) for turn in own], speaker, heard.length_s)
    return said


def joined(stretches: Sequence[tuple[float, float]], speaker: str, length_s: float) -> list[Turn]:
    """One speaker's turns of their stretches of speech, in order: a little wider, and joined across short pauses."""
    turns: list[Turn] = []
    for start_s, end_s in stretches:
        first_s, last_s = max(0.0, start_s - _BEFORE_S), min(length_s, end_s + _AFTER_S)
        if turns and first_s - turns[-1].end_s <= _PAUSE_S:
            turns[-1] = Turn(speaker, turns[-1].start_s, last_s)
        else:
            turns.append(Turn(speaker, first_s, last_s))
    return turns


def _one_speaker(said: Sequence[Turn], heard: Voices) -> tuple[list[Turn], list[Turn], list[Turn]]:
    """What one person would have said: all turns, all stretches of speech, everything."""
    turns = [Turn(_EVERYBODY, turn.start_s, turn.end_s) for turn in said]
    speech = [Turn(_EVERYBODY, voice.start_s, voice.end_s) for voice in heard.heard]
    return turns, speech, [Turn(_EVERYBODY, 0.0, heard.length_s)]


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
