"""`undertone evaluate --spoken`: annotated conversations, understood by the live pipeline, and scored as those read."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from pydantic import Field

from edge.settings import AppSettings
from edge.spoken.casting import Settings
from edge.spoken.hearing import HeardConversation, Setup, hear_conversations
from edge.spoken.report import SpokenReport, summarise
from edge.spoken.transcripts import TranscriptFile
from model.checkpoint import Checkpoint
from model.conversation import Conversation
from model.evaluation.evaluate import Progress, compare, examine
from model.evaluation.report import Evaluation, Request


class SpokenEvaluation(Evaluation):
    """The measures of what was heard; nothing about probabilities, since what was missed has none."""

    spoken: SpokenReport = Field(description="How the conversations were voiced, and how well they were heard.")


def measure_spoken(
    gold: Sequence[Conversation],
    loaded: Checkpoint,
    request: Request,
    progress: Progress,
    *,
    voicing: Settings,
    app: AppSettings,
    transcripts: Path | None = None,
) -> SpokenEvaluation:
    """Voice annotated conversations, hear them with the live pipeline, and measure what it understood.

    Args:
        gold: Annotated conversations.
        loaded: The network that understands what is heard.
        request: What was asked for.
        progress: Told how many conversations were heard, and of how many.
        voicing: How they are voiced.
        app: How to listen; where the recogniser would be chosen it is pocketsphinx, so that figures compare.
        transcripts: Where the recognised words go, as JSON lines; None for nowhere.

    Raises:
        SettingsError: The network cannot be measured on them, or the transcripts cannot be written.
        DataError: Nobody annotated the conversations.
        PartMissingError: flite or another part is not installed.
        KeyboardInterrupt: It was interrupted; no recording is left behind.
    """
    app = app.repeatable().words_alone()  # synthesised voices express nothing
    provenance = examine(gold, loaded.card, request)
    count = itertools.count(1)
    with ExitStack() as closing:
        file = closing.enter_context(TranscriptFile(transcripts)) if transcripts else None

        def told(heard: HeardConversation) -> None:
            progress(next(count), len(gold))
            if file:
                file.add(heard)

        heard = asyncio.run(hear_conversations(gold, Setup(voicing, app, loaded), told))
    labels = loaded.card.network_settings.labels
    evaluation = compare(gold, [each.understood for each in heard], labels, request, provenance)
    return SpokenEvaluation(**dict(evaluation), spoken=summarise(heard, voicing, app))
