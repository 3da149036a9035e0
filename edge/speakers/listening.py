"""Listening to the voices in a recording as the live pipeline does, without recognising a word."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.sound.channels import arrange
from edge.sound.decoder import Decoder, Hole
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, Event, VoiceHeard
from realtime.model_thread import ModelThread
from realtime.protocols import Diarizer
from realtime.segmenters import silero

_FRAME = 512  # samples: what the segmenter reads at a time


@dataclass(frozen=True, slots=True)
class Voices:
    """What was heard in a recording: its length, and the voice of each stretch of speech, in order."""

    length_s: float
    heard: tuple[VoiceHeard, ...]


async def listen(path: Path, diarizer: Diarizer, thread: ModelThread) -> Voices:
    """The voices in a recording, all its channels mixed to one.

    Args:
        path: The recording.
        diarizer: Open; hears the voices.
        thread: Where networks are called.

    Raises:
        SourceError: The recording cannot be read, or breaks off.
    """
    heard: list[VoiceHeard] = []
    length_s = 0.0
    async for event in _speech(path, thread):
        if isinstance(event, AudioFrame):
            length_s = event.end_s
        else:
            heard += [said for said in await diarizer.process(event) if isinstance(said, VoiceHeard)]
    return Voices(length_s, tuple(heard))


async def _speech(path: Path, thread: ModelThread) -> AsyncIterator[Event]:
    """Every frame of a recording, and after it the speech events it brought."""
    segmenter = silero.create(silero.Settings())
    await thread.run(segmenter.open, 1)
    for frame in _frames(path):
        yield frame
        for event in await thread.run(segmenter.push, frame):
            yield event
    for event in await thread.run(segmenter.flush):
        yield event


def _frames(path: Path) -> Iterator[AudioFrame]:
    """(1, 512) samples at a time; what the recording leaves out is silence."""
    position, rest = 0, np.zeros((1, 0), np.float32)
    with closing(Decoder(path)) as decoder:
        for piece in decoder.pieces():
            mono = np.zeros((1, piece.length), np.float32) if isinstance(piece, Hole) else arrange(piece, 1)
            rest = np.concatenate((rest, mono), axis=1)
            while rest.shape[1] >= _FRAME:
                frame, rest = rest[:, :_FRAME], rest[:, _FRAME:]
                yield AudioFrame(position, frame, (position + _FRAME) / SAMPLE_RATE_HZ)
                position += _FRAME
    if rest.shape[1]:
        yield AudioFrame(position, rest, (position + rest.shape[1]) / SAMPLE_RATE_HZ)
