"""What was lost on the way from words over sound to words, in figures."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field
from rich.table import Table

from edge.settings import PART_PACKAGES, AppSettings
from edge.spoken.casting import VOICES, Channels, Settings
from edge.spoken.hearing import HeardConversation
from model.config import Config
from realtime.parts import PartChoice, part_settings

_LISTENING_PARTS = ("segmenter", "diarizer", "transcriber")


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
    voices: tuple[str, ...] = Field(
        description="The flite voices there were, in the order in which they are given away."
    )
    channels: Channels = Field(description="speaker: a channel for each; mono: one for all.")
    pause_s: float = Field(description="Silence before each utterance, seconds.")
    parts: dict[str, dict[str, Any]] = Field(description="What listened, with its settings.")
    audio_s: float = Field(description="Length of all recordings, seconds.")
    wall_s: float = Field(description="How long voicing and hearing them took, seconds.")


def summarise(heard: Sequence[HeardConversation], voicing: Settings, app: AppSettings) -> SpokenReport:
    """The figures of all conversations together.

    Args:
        heard: What `hear_conversations` gave.
        voicing: How they were voiced.
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
        channels=voicing.channels,
        pause_s=voicing.pause_s,
        parts={name: _described(name, getattr(app, name)) for name in _LISTENING_PARTS},
        audio_s=round(sum(each.audio_s for each in heard), 1),
        wall_s=round(sum(each.wall_s for each in heard), 1),
    )


def as_table(report: SpokenReport) -> Table:
    """The figures for people."""
    apart = "a channel for each" if report.channels is Channels.SPEAKER else "one channel for all"
    wordless = f", {report.unvoiced} of them wordless" if report.unvoiced else ""
    table = Table(title="Spoken and heard", title_justify="left", title_style="bold", show_header=False, box=None)
    table.add_row("voiced", f"{', '.join(report.voices)}; {apart}; pauses of {report.pause_s:g} s")
    table.add_row("words", f"{report.word_error_rate:.1%} of {report.words} wrong")
    table.add_row("utterances", f"{report.found:.1%} found, {report.missed} missed{wordless}")
    table.add_row("heard", f"{report.heard} utterances, {report.spurious} of them where nobody spoke")
    table.add_row("not scored", f"{report.unplaced_links} links from or to where nobody spoke")
    table.add_row("failed", f"{report.failed} items")
    table.add_row("took", f"{report.wall_s:.0f} s for {report.audio_s:.0f} s of sound")
    return table


def _described(name: str, choice: PartChoice) -> dict[str, Any]:
    return {"part": choice.part, **part_settings(PART_PACKAGES[name], choice).model_dump(mode="json")}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
