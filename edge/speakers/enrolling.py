"""Learning somebody's voice from a recording, so that they are recognised by name."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from edge.speakers.listening import Voices, listen
from model.errors import SettingsError, SourceError
from realtime.diarizers import voices
from realtime.events import SAMPLE_RATE_HZ
from realtime.model_thread import ModelThread
from realtime.voices import enrolment
from realtime.voices.enrolment import Enrolment
from realtime.voices.grouping import largest_group, unit
from realtime.voices.windows import EVERY

LEAST_SPEECH_S: Final = 5.0
"""Speech that a voice is learned from, at least."""

_ONE_VOICE: Final = 0.66
_MOST_STRETCHES: Final = 300
_ANOTHER_S: Final = 2.0
_ALIKE: Final = 0.85
_RECORD: Final = "Record 10 to 30 seconds of this person speaking alone, in the room and with the microphone of later"


def enrol(name: str, path: Path, *, replace: bool) -> Enrolment:
    """Learn the voice of a recording in which one person speaks, and keep what is needed to recognise it; no sound.

    Args:
        name: What the person is called from then on.
        path: The recording.
        replace: Whether somebody of this name may be enrolled already, and is forgotten.

    Raises:
        SettingsError: The name is none, or somebody has it.
        SourceError: The recording cannot be read, has too little speech, or more than one voice.
        PartMissingError: resemblyzer is not installed.
    """
    name = enrolment.checked_name(name)
    if not replace and (known := enrolment.find(name)) is not None:
        raise SettingsError(
            f"{name} is enrolled already, since {known.enrolled:%Y-%m-%d}", "To learn the voice anew, add --replace"
        )
    vector, speech_s = learn(_listen(path), path.name)
    learned = enrolment.new_enrolment(name, vector, speech_s, datetime.now(UTC))
    enrolment.write(learned)
    return learned


def learn(heard: Voices, recording: str) -> tuple[NDArray[np.float64], float]:
    """(D,) of length 1: the one voice in a recording, and how long it speaks, seconds.

    Raises:
        SourceError: There is too little speech, or more than one voice.
    """
    speech_s = sum(voice.end_s - voice.start_s for voice in heard.heard)
    vectors = [vector for voice in heard.heard for vector in voice.vectors.astype(np.float64)]
    if not vectors:
        raise SourceError(f"nobody speaks in {recording}", _RECORD)
    if speech_s < LEAST_SPEECH_S:
        raise SourceError(
            f"{recording} has {speech_s:.1f} s of speech; {LEAST_SPEECH_S:g} s are needed to know a voice", _RECORD
        )
    every = -(-len(vectors) // _MOST_STRETCHES)
    everything = np.stack(vectors[::every])
    one = largest_group(everything, _ONE_VOICE)
    others = np.delete(everything, one, axis=0)
    if len(others):
        another = others[largest_group(others, _ONE_VOICE)]
        if len(another) * every * EVERY / SAMPLE_RATE_HZ >= _ANOTHER_S:
            raise SourceError(f"more than one person speaks in {recording}", _RECORD)
    return unit(everything[one].sum(axis=0)), speech_s


def much_like(learned: Enrolment) -> list[str]:
    """Names of others enrolled whose voices are so much like this one that they may be mixed up."""
    vector = np.array(learned.vector)
    return [
        other.name
        for other in enrolment.read_enrolled()
        if other.name != learned.name and float(vector @ other.vector) >= _ALIKE
    ]


def _listen(path: Path) -> Voices:
    torch.set_num_threads(1)
    with closing(ModelThread("voices")) as thread:
        return asyncio.run(_hear(path, thread))


async def _hear(path: Path, thread: ModelThread) -> Voices:
    diarizer = voices.create(voices.Settings(), (), thread)
    await diarizer.open()
    return await listen(path, diarizer, thread)
