"""How things look in the terminal, and what may get there: colours, bars, and text without control characters."""

import unicodedata
from typing import Final

from rich.text import Text

EMOTION_STYLES: Final = {
    "neutral": "grey62",
    "anger": "red1",
    "disgust": "chartreuse3",
    "fear": "medium_purple1",
    "joy": "gold1",
    "sadness": "dodger_blue1",
    "surprise": "dark_orange",
}
UNKNOWN_EMOTION: Final = "white"

_SPEAKER_STYLES: Final = (
    "cyan",
    "light_green",
    "light_pink1",
    "light_goldenrod1",
    "sky_blue1",
    "plum1",
    "dark_sea_green",
)
_BAR_CELLS: Final = 8
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, limit: int = 1_000) -> str:
    """The text without what a terminal would obey: control, format and direction characters; and not endless."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(_REPLACEMENT if unicodedata.category(character)[0] == "C" else character for character in shown)


def quoted(text: str, limit: int) -> str:
    """A few words of a text, in quotation marks."""
    words = printable(text)
    return f"“{words if len(words) <= limit else words[: limit - 1].rstrip() + '…'}”"


def percent(probability: float) -> str:
    """A probability for people."""
    return f"{probability * 100:.0f} %"


def clock_time(seconds: float) -> str:
    """Media time for people: minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def emotion_style(label: str) -> str:
    """The colour of an emotion."""
    return EMOTION_STYLES.get(label, UNKNOWN_EMOTION)


def speaker_style(speaker: str, speakers: list[str]) -> str:
    """The colour of a speaker: by order of appearance, so that neighbours differ."""
    position = speakers.index(speaker) if speaker in speakers else 0
    return _SPEAKER_STYLES[position % len(_SPEAKER_STYLES)]


def bar(probability: float, style: str) -> Text:
    """A probability as a small bar."""
    filled = round(min(max(probability, 0.0), 1.0) * _BAR_CELLS)
    return Text.assemble(("━" * filled, style), ("─" * (_BAR_CELLS - filled), "grey23"))
