"""An hour of a sound card and a camera whose clocks are not ours, without waiting for it.

True time is that of our monotonic clock. The card's samples are off by some parts in a million; blocks and pictures
come late by turns, in bursts after a stall, or not at all. What counts is how far each picture is placed from the media
time at which the card's clock stood when it was taken.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edge.sight.grabber import moment_of
from edge.sight.placing import Placing
from edge.sound.capture import Block
from edge.sound.intake import Intake
from realtime.events import SAMPLE_RATE_HZ, AudioFrame
from realtime.media_clock import MediaClock

Spells = Sequence[tuple[float, float]]
"""From when to when, seconds of true time."""

PICTURES_PER_S = 5


@dataclass(frozen=True, slots=True)
class Hour:
    """What goes wrong in it.

    Attributes:
        card_ppm: By how much the card's clock is fast, parts in a million.
        held: Sound of these spells comes only at their end, all at once.
        lost: Sound of these spells never comes.
        said: Whether the driver says that some is missing.
        gone: In these spells there is no sound card.
        stamps: Whether the camera's driver says when a picture was taken.
        waits: Pictures of these spells come only at their end, all at once.
        away: In these spells there is no camera.
        dropped: Share of pictures that never come.
        block_s: Sound that comes at once, seconds.
        length_s: How long it is.
    """

    card_ppm: float = 0.0
    held: Spells = ()
    lost: Spells = ()
    said: bool = True
    gone: Spells = ()
    stamps: bool = True
    waits: Spells = ()
    away: Spells = ()
    dropped: float = 0.02
    block_s: float = 0.1
    length_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Errors:
    """How far pictures lie from where they belong: (N,) seconds, and when each was taken; and how many had no place."""

    seconds: np.ndarray
    taken_s: np.ndarray
    refused: int

    def largest(self) -> float:
        """Of all pictures, seconds."""
        return float(np.abs(self.seconds).max())


def errors_of(hour: Hour, seed: int = 0) -> Errors:
    """Live through the hour with undertone's own intake of sound, media clock, and placing of pictures."""
    random = np.random.default_rng(seed)
    clock, intake = MediaClock(), Intake(1)
    placing = Placing(clock, 0.0)
    errors, taken = [], []
    refused = 0
    for arrived_at, picture, captured_s, stamp_s in heapq.merge(_sound(hour, random), _pictures(hour, random)):
        if not picture:
            _hear(hour, intake, clock, captured_s, arrived_at)
            continue
        place_s = placing.time_s(moment_of(stamp_s if hour.stamps else None, arrived_at))
        if place_s is None:
            refused += 1
            continue
        errors.append(place_s - captured_s * (1 + hour.card_ppm * 1e-6))
        taken.append(captured_s)
    return Errors(np.array(errors), np.array(taken), refused)


def _hear(hour: Hour, intake: Intake, clock: MediaClock, captured_s: float, arrived_at: float) -> None:
    """One block of sound whose last sample was captured at a true time."""
    began_s = captured_s - hour.block_s
    if _just_after(hour.gone, began_s, hour.block_s):
        intake.away(arrived_at - hour.block_s)  # as the line to a microphone does when it is back
    block = Block(
        np.zeros((1, round(hour.block_s * SAMPLE_RATE_HZ)), np.float32),
        SAMPLE_RATE_HZ,
        arrived_at,
        hour.said and _just_after(hour.lost, began_s, hour.block_s),
        dropped=0,
    )
    for event in intake.heard(block):
        if isinstance(event, AudioFrame):
            clock.observe(event.end_s, event.arrived_at)


def _sound(hour: Hour, random: np.random.Generator) -> Iterator[tuple[float, bool, float, float]]:
    """When each block comes, that it is no picture, and when its last sample was captured."""
    every_s = hour.block_s / (1 + hour.card_ppm * 1e-6)
    captured = every_s * np.arange(1, int(hour.length_s / every_s))
    captured = captured[~_within(captured, (*hour.lost, *hour.gone))]
    arrived = _late(captured + 0.01 + random.exponential(0.003, captured.size), captured, hour.held)
    return zip(arrived.tolist(), [False] * captured.size, captured.tolist(), captured.tolist(), strict=True)


def _pictures(hour: Hour, random: np.random.Generator) -> Iterator[tuple[float, bool, float, float]]:
    """When each picture comes, that it is one, when it was taken, and when the driver says that it was."""
    taken = np.sort(np.arange(1.0, hour.length_s - 3.0, 1 / PICTURES_PER_S) * 1.0001)
    taken += random.normal(0.0, 0.01, taken.size).clip(-0.03, 0.03)
    taken = taken[(random.random(taken.size) >= hour.dropped) & ~_within(taken, hour.away)]
    stamps = taken + 0.008 + random.normal(0.0, 0.002, taken.size).clip(-0.006, 0.006)
    arrived = _late(stamps + 0.012 + random.exponential(0.004, taken.size).clip(0, 0.02), taken, hour.waits)
    return zip(arrived.tolist(), [True] * taken.size, taken.tolist(), stamps.tolist(), strict=True)


def _late(arrived: np.ndarray, captured: np.ndarray, spells: Spells) -> np.ndarray:
    """The arrivals, those of a spell at its end; nothing overtakes what came before it."""
    for since_s, until_s in spells:
        arrived[_within(captured, [(since_s, until_s)])] = until_s + 0.01
    return np.maximum.accumulate(arrived)


def _within(moments: np.ndarray, spells: Spells) -> np.ndarray:
    inside = np.zeros(moments.size, bool)
    for since_s, until_s in spells:
        inside |= (moments >= since_s) & (moments < until_s)
    return inside


def _just_after(spells: Spells, began_s: float, block_s: float) -> bool:
    """Whether a block that began at this time is the first after one of the spells."""
    return any(until_s - block_s <= began_s < until_s for _, until_s in spells)
