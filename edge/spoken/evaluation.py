"""What is left of annotated conversations when they are voiced, heard live, and held against what was written."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from edge.demo.make import SAMPLE_RATE_HZ, Recording, make_recording
from edge.demo.scoring import HeardUtterance, count_word_errors, split_words
from edge.settings import PART_PACKAGES, AppSettings
from edge.spoken.alignment import Alignment, align, understand
from edge.spoken.casting import VOICES, Channels, Settings, cast
from edge.spoken.listening import Listening, listen, write_wav
from model.config import Config
from model.conversation import Conversation
from realtime.parts import PartChoice, part_settings

_LISTENING_PARTS = ("segmenter", "diarizer", "transcriber")


@dataclass(frozen=True, slots=True)
class HeardConversation:
    """One annotated conversation as it was heard.

    Attributes:
        understood: The annotated utterances, with the emotions and links that were heard.
        heard: What was heard, in order of arrival.
        alignment: Which of it is which annotated utterance.
        unvoiced: Annotated utterances without anything to say aloud.
        unplaced_links: Links of which an end is no annotated utterance.
        failed: Items that a stage of the pipeline could not process.
        audio_s: Length of the recording, seconds.
        wall_s: How long voicing and hearing it took, seconds.
    """

    understood: Conversation
    heard: tuple[HeardUtterance, ...]
    alignment: Alignment
    unvoiced: int
    unplaced_links: int
    failed: int
    audio_s: float
    wall_s: float

    @property
    def texts(self) -> tuple[str, ...]:
        """For each annotated utterance, the words that were heard; empty where it was missed."""
        parts = map(self.alignment.heard_as, range(len(self.alignment.carriers)))
        return tuple(_text(self.heard[position] for position in positions) for positions in parts)

    @property
    def words(self) -> list[str]:
        """The annotated words."""
        return split_words(" ".join(utterance.text for utterance in self.understood.utterances))

    def count_word_errors(self) -> int:
        """Words wrong, missing or invented, over the whole conversation, wherever its utterances were cut."""
        return count_word_errors(self.words, split_words(_text(self.heard)))


class SpokenReport(Config):
    """How conversations were voiced, and how well they were heard."""

    word_error_rate: float = Field(description="Words wrong, missing or invented, over the annotated words.")
    found: float = Field(description="Share of the annotated utterances that were heard.")
    missed: int = Field(description="Annotated utterances of which nothing was heard; they count as neutral.")
    unvoiced: int = Field(description="Those of them without anything to say aloud.")
    heard: int = Field(description="Utterances that were heard.")
    spurious: int = Field(description="Those of them that overlap no annotated utterance in time.")
    unplaced_links: int = Field(description="Links that are not scored, since an end of them is spurious.")
    failed: int = Field(description="Items that a stage of the pipeline could not process.")
    words: int = Field(description="Annotated words.")
    voices: tuple[str, ...] = Field(description="The flite voices that spoke.")
    channels: Channels = Field(description="speaker: a channel for each; mono: one for all.")
    pause_s: float = Field(description="Silence before each utterance, seconds.")
    parts: dict[str, dict[str, Any]] = Field(description="What listened, with its settings.")
    audio_s: float = Field(description="Length of all recordings, seconds.")
    wall_s: float = Field(description="How long voicing and hearing them took, seconds.")


async def hear_conversations(
    conversations: Sequence[Conversation],
    settings: Settings,
    app: AppSettings,
    told: Callable[[HeardConversation], None],
) -> tuple[HeardConversation, ...]:
    """Voice conversations one after the other and hear each with a pipeline of its own.

    Recordings lie in a temporary folder, one at a time, which is gone in the end, also after an interruption.

    Args:
        conversations: What was written; annotations play no part.
        settings: How they are voiced.
        app: How to listen, and with which network.
        told: Called with each conversation once it was heard.

    Raises:
        PartMissingError: flite or one of its voices is not installed.
        UsageError: As `edge.app.App.open` and `edge.app.App.run` do.
    """
    heard: list[HeardConversation] = []
    with tempfile.TemporaryDirectory(prefix="undertone-spoken-") as folder:
        for conversation in conversations:
            heard.append(await _hear(conversation, settings, app, Path(folder, "conversation.wav")))
            told(heard[-1])
    return tuple(heard)


def summarise(heard: Sequence[HeardConversation], settings: Settings, app: AppSettings) -> SpokenReport:
    """The figures of all conversations together.

    Args:
        heard: What `hear_conversations` gave.
        settings: How they were voiced.
        app: What listened.
    """
    utterances = sum(len(each.alignment.carriers) for each in heard)
    found = sum(each.alignment.found for each in heard)
    words = sum(len(each.words) for each in heard)
    return SpokenReport(
        word_error_rate=_share(sum(each.count_word_errors() for each in heard), words),
        found=_share(found, utterances),
        missed=utterances - found,
        unvoiced=sum(each.unvoiced for each in heard),
        heard=sum(len(each.heard) for each in heard),
        spurious=sum(each.alignment.spurious for each in heard),
        unplaced_links=sum(each.unplaced_links for each in heard),
        failed=sum(each.failed for each in heard),
        words=words,
        voices=VOICES,
        channels=settings.channels,
        pause_s=settings.pause_s,
        parts={name: _described(name, getattr(app, name)) for name in _LISTENING_PARTS},
        audio_s=round(sum(each.audio_s for each in heard), 1),
        wall_s=round(sum(each.wall_s for each in heard), 1),
    )


async def _hear(conversation: Conversation, settings: Settings, app: AppSettings, path: Path) -> HeardConversation:
    began_at = time.monotonic()
    # In a thread: Ctrl-C reaches flite, too, and must be taken for an interruption before flite fails of it.
    recording = await asyncio.to_thread(make_recording, cast(conversation, settings))
    listening = Listening((), 0)
    if _silent(recording) < len(recording.places):  # a recording without any sound is no source
        write_wav(recording.samples, path)
        listening = await listen(path, app, apart=settings.channels is Channels.SPEAKER)
    alignment = align(listening.utterances, recording.places)
    understood, unplaced_links = understand(conversation, listening.utterances, alignment)
    return HeardConversation(
        understood=understood,
        heard=listening.utterances,
        alignment=alignment,
        unvoiced=_silent(recording),
        unplaced_links=unplaced_links,
        failed=listening.failed,
        audio_s=recording.samples.shape[1] / SAMPLE_RATE_HZ,
        wall_s=time.monotonic() - began_at,
    )


def _silent(recording: Recording) -> int:
    return sum(place.start_s == place.end_s for place in recording.places)


def _text(heard: Iterable[HeardUtterance]) -> str:
    """The words of utterances, in order of time."""
    return " ".join(item.text for item in sorted(heard, key=lambda item: item.start_s))


def _described(name: str, choice: PartChoice) -> dict[str, Any]:
    return {"part": choice.part, **part_settings(PART_PACKAGES[name], choice).model_dump(mode="json")}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
