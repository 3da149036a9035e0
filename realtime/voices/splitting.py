"""Giving the words of a segment to those who spoke it, where people follow each other without a pause."""

from collections.abc import Container, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import fmean

from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Speaker, SpeakerTurn, Transcript, Word

SHORTEST_TURN_S = 0.6
"""What a turn must last to become an utterance of its own; a shorter one belongs to the turn before it."""


def by_speaker(
    transcript: Transcript, turns: Sequence[SpeakerTurn], apart: Container[str] = ()
) -> list[tuple[Transcript, Speaker]]:
    """The transcript in as many parts as people spoke it, each with its words and their times, and who said it.

    A word belongs to who speaks in its middle. Without times of words, everything was said by who spoke longest.

    Args:
        transcript: What was said.
        turns: Who spoke in its segment, one after the other; at least one.
        apart: Speakers whose words must never be given to another: their turns count however short they are, and
            without times of words, everything was said by them.
    """
    turns = steady(turns, apart)
    if not transcript.words:
        theirs = [turn for turn in turns if turn.speaker.id in apart]
        return [(transcript, max(theirs or turns, key=_length_s).speaker)]
    grouped = [(turn, tuple(words)) for turn, words in groupby(transcript.words, lambda word: _turn_of(word, turns))]
    if len(grouped) == 1:
        return [(transcript, grouped[0][0].speaker)]
    parts = [_part(transcript, words, number) for number, (_, words) in enumerate(grouped)]
    parts[0] = replace(parts[0], start_s=transcript.start_s)
    parts[-1] = replace(parts[-1], end_s=transcript.end_s)
    return [(part, turn.speaker) for part, (turn, _) in zip(parts, grouped, strict=True)]


def steady(turns: Sequence[SpeakerTurn], apart: Container[str] = ()) -> tuple[SpeakerTurn, ...]:
    """The same time in turns that last, each going on to the next one's start.

    What is too short, or unknown where somebody is known, is given to the turn before it, or else to the first. A turn
    of a speaker who is kept `apart` is never too short, and is given what is so on either side.
    """
    known = [turn for turn in turns if turn.speaker.id != UNKNOWN_SPEAKER or turn.speaker.id in apart] or turns
    lasting = [turn for turn in known if turn.speaker.id in apart or _length_s(turn) >= SHORTEST_TURN_S]
    courses = [list(same) for _, same in groupby(lasting or [max(known, key=_length_s)], lambda turn: turn.speaker.id)]
    changes = (
        before[-1].end_s if after[0].speaker.id in apart else after[0].start_s for before, after in pairwise(courses)
    )
    starts = [turns[0].start_s, *changes]
    ends = [*starts[1:], turns[-1].end_s]
    return tuple(SpeakerTurn(course[0].speaker, *edges) for course, *edges in zip(courses, starts, ends, strict=True))


def _turn_of(word: Word, turns: Sequence[SpeakerTurn]) -> SpeakerTurn:
    middle_s = (word.start_s + word.end_s) / 2
    return next((turn for turn in turns if middle_s < turn.end_s), turns[-1])


def _part(transcript: Transcript, words: tuple[Word, ...], number: int) -> Transcript:
    """Some of the words as a transcript of their own; parts after the first have ids of their own."""
    return replace(
        transcript,
        segment=f"{transcript.segment}.{number + 1}" if number else transcript.segment,
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        text=" ".join(word.text for word in words),
        words=words,
        confidence=fmean(word.confidence for word in words),
    )


def _length_s(turn: SpeakerTurn) -> float:
    return turn.end_s - turn.start_s
