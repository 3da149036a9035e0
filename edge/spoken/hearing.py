"""Written conversations, voiced, heard live, and held against what was written."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.demo.make import SAMPLE_RATE_HZ, Recording, make_recording
from edge.demo.scoring import HeardUtterance, count_word_errors, split_words
from edge.settings import AppSettings
from edge.spoken.alignment import Alignment, align, understand
from edge.spoken.casting import Channels, Settings, cast
from edge.spoken.listening import Listening, listen, write_wav
from model.checkpoint import Checkpoint
from model.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Setup:
    """How conversations become sound, and who listens to it.

    Attributes:
        voicing: How they are voiced.
        app: How to listen; its source, publisher and network are replaced.
        weights: The network that understands what is heard.
    """

    voicing: Settings
    app: AppSettings
    weights: Checkpoint


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


async def hear_conversations(
    conversations: Sequence[Conversation], setup: Setup, told: Callable[[HeardConversation], None]
) -> tuple[HeardConversation, ...]:
    """Voice conversations one after the other and hear each with a pipeline of its own.

    Recordings lie in a temporary folder, one at a time, which is gone in the end, also after an interruption.

    Args:
        conversations: What was written; annotations play no part.
        setup: How it is voiced, and who listens.
        told: Called with each conversation once it was heard.

    Raises:
        PartMissingError: flite or one of its voices is not installed.
        UsageError: As `edge.app.App.open` and `edge.app.App.run` do.
    """
    heard: list[HeardConversation] = []
    with tempfile.TemporaryDirectory(prefix="undertone-spoken-") as folder:
        for conversation in conversations:
            heard.append(await _hear(conversation, setup, Path(folder, "conversation.wav")))
            told(heard[-1])
    return tuple(heard)


async def _hear(conversation: Conversation, setup: Setup, path: Path) -> HeardConversation:
    began_at = time.monotonic()
    # In a thread: Ctrl-C reaches flite, too, and must be taken for an interruption before flite fails of it.
    recording = await asyncio.to_thread(make_recording, cast(conversation, setup.voicing))
    listening = Listening((), 0)
    if _silent(recording) < len(recording.places):  # a recording without any sound is no source
        write_wav(recording.samples, path)
        apart = setup.voicing.channels is Channels.SPEAKER
        listening = await listen(path, setup.app, setup.weights, apart=apart)
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
