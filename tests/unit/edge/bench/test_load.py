"""How the largest number of conversations is found."""

import pytest
from typer.testing import CliRunner

from edge.bench.crowd import CrowdReport
from edge.bench.load import (
    LIMIT_MS,
    Arrival,
    Level,
    as_table,
    figures,
    find_load,
    in_words,
    largest_held,
    level_of,
    next_level,
)
from edge.commands.app import build
from model.errors import UsageError


async def found(capacity: int, first: int = 16, most: int = 4096) -> list[int]:
    """What is tried where so many conversations hold."""
    told: list[Level] = []

    async def try_level(size: int) -> Level:
        return Level(size, size / 4, 20.0, 100.0 if size <= capacity else LIMIT_MS + 1, 0, 1.0)

    levels = await find_load(try_level, first, most, told.append)
    assert told == levels
    return [level.conversations for level in levels]


async def test_the_number_is_doubled_until_it_is_too_many_and_then_halved_in():
    assert await found(200) == [16, 32, 64, 128, 256, 192, 224, 208, 200]
    assert await found(5) == [16, 8, 4, 6, 5]
    assert await found(0) == [16, 8, 4, 2, 1]
    assert await found(3, first=1) == [1, 2, 4, 3]


async def test_no_more_than_the_most_is_tried():
    assert await found(10_000, most=100) == [16, 32, 64, 100]
    assert await found(10_000, most=1) == [1]


def test_the_answer_is_known_when_a_sixteenth_is_left():
    assert next_level(160, 170, 16, 4096) is None
    assert next_level(160, 171, 16, 4096) == 165
    assert next_level(1, 2, 16, 4096) is None


@pytest.mark.parametrize("lag_ms, lost, held", [(500.0, 0, True), (501.0, 0, False), (1.0, 1, False)])
def test_a_level_holds_when_results_are_in_time_and_complete(lag_ms, lost, held):
    level = level_of(4, 10.0, CrowdReport([lag_ms] * 20, lost), 15.0)
    assert level.held is held
    assert level.utterances_per_s == 2.0
    assert level.as_json() == {
        "conversations": 4,
        "utterances_per_s": 2.0,
        "lag_p50_ms": lag_ms,
        "lag_p95_ms": lag_ms,
        "lost": lost,
        "cores_needed": 1.5,
        "held": held,
    }


def test_the_answer_is_the_most_that_held():
    levels = [
        Level(16, 4.0, 10.0, 20.0, 0, 0.5),
        Level(32, 8.0, 10.0, 900.0, 0, 1.9),
        Level(24, 6.0, 10.0, 20.0, 3, 1.0),
    ]
    assert largest_held(levels) == 16
    assert largest_held(levels[1:]) == 0
    assert figures(levels, Arrival.TEXT)["conversations"] == 16
    assert [level["conversations"] for level in figures(levels, Arrival.TEXT)["levels"]] == [16, 32, 24]
    assert (
        in_words(levels[1]) == "32 conversations, 8.0 utterances/s: p50 10 ms, p95 900 ms, 1.90 cores needed, too many"
    )
    table = as_table(levels, Arrival.SOUND)
    assert [list(column.cells) for column in table.columns][::5] == [["16", "24", "32"], ["held", "3 lost", "too late"]]


def test_the_words_of_another_recording_are_not_known():
    refused = CliRunner().invoke(build(), ["bench", "load", "talk.wav", "--captions"])
    assert isinstance(refused.exception, UsageError)
    assert "Leave the recording out" in str(refused.exception)
