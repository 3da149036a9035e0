"""The words of a cue without what is around them: tags, entities, and the name of who speaks."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_VTT_TAG = re.compile(r"<(/?)([a-zA-Z][^\s.<>]*|[0-9][0-9:.]*)(?:\.[^\s.<>]+)*(?:\s([^<>]*))?>")
_SRT_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}")
_SOUND = re.compile(r"\[[^\[\]]*\]|[♩♪♫♬]+")  # [Music], [door closes]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]+")
_DASH = re.compile(r"^(?:>>+|[-–—])\s*")  # noqa: RUF001 - subtitles begin a turn with either
# One to five words, each with a capital, a digit or a bracket first, or one of the small words inside of names.
_NAME_WORD = r"(?:[^\W_a-z][\w.'’\-]*,?|\([^()\s]+\)|van|von|de|der|den|da|di|du|la|le|el|al|bin)"  # noqa: RUF001
_NAMED = re.compile(rf"(?P<name>[^\W\d_a-z][\w.'’\-]*,?(?:\s{_NAME_WORD}){{0,4}}):(?:\s+(?P<text>.*)|$)")  # noqa: RUF001
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person says in a cue, line by line; `speaker` is None where nobody is named."""

    speaker: str | None
    rows: tuple[str, ...]


def plain(text: str) -> str:
    """The text on one line, without characters that do not print."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def speech(text: str) -> str:
    """The words of a text, without descriptions of sounds; empty where nothing of it is spoken."""
    spoken = plain(_SOUND.sub(" ", text))
    return spoken if any(map(str.isalnum, spoken)) else ""


def name_of(text: str | None) -> str | None:
    """A name as it stands on the wire; None for nobody."""
    name = plain(text or "")[:_LONGEST_NAME].strip()
    return name if name and name.casefold() != "unknown" else None


def webvtt_voices(payload: str) -> Iterator[Voice]:
    """Who says what in the text of a WebVTT cue: voice spans first, then names in front of the words."""
    speaker: str | None = None
    text: list[str] = []
    place = 0
    for tag in _VTT_TAG.finditer(payload):
        text.append(payload[place : tag.start()])
        place = tag.end()
        if tag[2] == "v":
            yield from _rows(speaker, html.unescape("".join(text)))
            speaker, text = (None if tag[1] else name_of(html.unescape(tag[3] or ""))), []
    yield from _rows(speaker, html.unescape("".join([*text, payload[place:]])))


def subrip_voices(payload: str) -> Iterator[Voice]:
    """Who says what in the text of a SubRip cue: names stand in front of the words."""
    yield from _rows(None, _SRT_TAG.sub("", payload))


def _rows(speaker: str | None, text: str) -> Iterator[Voice]:
    rows = [plain(row) for row in text.split("\n")]
    if speaker is not None:
        yield Voice(speaker, tuple(rows))
    elif any(rows):
        yield from _named(rows)


def _named(rows: Sequence[str]) -> Iterator[Voice]:
    """The rows of a cue, divided where a row begins with a name."""
    speaker: str | None = None
    said: list[str] = []
    for row in (_DASH.sub("", row) for row in rows):
        if (match := _NAMED.fullmatch(row)) and len(match["name"]) <= _LONGEST_NAME:
            if any(said):
                yield Voice(speaker, tuple(said))
            speaker, said = name_of(match["name"]), [match["text"] or ""]
        else:
            said.append(row)
    yield Voice(speaker, tuple(said))
