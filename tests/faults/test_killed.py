"""A node that is killed goes on where it was: same conversation, same ids, and what nobody heard is announced."""

import asyncio
import random
import sys
from contextlib import suppress
from itertools import zip_longest

import pytest

from tests.faults.node import started, words
from tests.faults.talk import PER_UTTERANCE
from tests.faults.witness import changed_finals, witness
from tests.mosquitto import running_mosquitto
from tests.running_node import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

BEFORE, BURST, AFTER = range(4), range(4, 204), range(300, 303)
DONE_OF_BURST = 5


def understood(count):
    """Whether so many utterances are understood, with their causes."""
    return lambda one: len(one.of("cause")) >= count


async def test_a_node_killed_twice_in_a_conversation_goes_on_with_it(folder, tell):
    async with running_mosquitto(folder) as broker, witness(broker.address) as one:
        async with started(broker.address, folder) as node:
            await node.ready()
            await node.say(*BEFORE)
            await one.until(understood(len(BEFORE)))
            await node.kill()  # while it waits
        async with started(broker.address, folder) as node:
            await node.ready()
            await node.say(*BURST)
            await one.until(understood(len(BEFORE) + DONE_OF_BURST))
            await node.kill()  # in the middle of its work
        async with started(broker.address, folder) as node:
            await node.ready()
            await node.say(*AFTER)
            assert await node.stop() == 0, node.complaints
        await one.until(lambda _: one.of("lifecycle")[-1]["event"] == "ended")
        over = one.of("lifecycle")[-1]
        kept = over["utterances"] - len(BEFORE) - len(AFTER)
        heard = [*BEFORE, *BURST[:kept], *AFTER]
        made = 1 + PER_UTTERANCE * len(heard) + 2 + 1
        await one.events_came(made)
        away_s = [gap["lost"]["audio_s"] for gap in one.gaps()]
        remark = (
            f"away {' and '.join(f'{seconds:.1f} s' for seconds in away_s)}; {len(BURST) - kept} captions went with it"
        )
        tell(one.row("process killed -9 twice in a conversation", made, remark))
    (conversation,) = one.conversations()
    assert one.numbers(conversation) == list(range(1, made + 1))
    assert len(dict.fromkeys(event["boot_id"] for event in one.events())) == 3
    assert [turn["event"] for turn in one.of("lifecycle")] == ["started", "gap", "gap", "ended"]
    assert all(seconds > 1.0 for seconds in away_s)
    # All of an utterance was said, or nothing; nothing was said twice, and nothing final otherwise.
    assert [transcript["text"] for transcript in one.of("transcript/final")] == [words(number) for number in heard]
    for subject in ("transcript/final", "emotion", "cause"):
        assert [said["utterance"] for said in one.of(subject)] == [f"u{number + 1}" for number in range(len(heard))]
    assert DONE_OF_BURST <= kept < len(BURST)
    assert not changed_finals(one)
    starts_s = [transcript["media"]["start_s"] for transcript in one.of("transcript/final")]
    assert starts_s == sorted(starts_s)


async def said_until_killed(broker, state, chance):
    """How many events a process said it had on disk, before it was killed at any moment of its work."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.talking", broker.url, str(state)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    process.stdin.write(b"1\n")
    first = await process.stdout.readline()
    process.stdin.write(b"3\n" * chance.choice([0, 5, 40, 200]))
    await asyncio.sleep(chance.random() * chance.choice([0.05, 0.5]))
    process.kill()
    rest, _ = await process.communicate()
    return int((first + rest).splitlines()[-1])


def of_each_start(one):
    """The `seq` of what came of each start of the node, in order."""
    starts = {}
    for event in one.events():
        starts.setdefault(event["boot_id"], []).append(event["seq"])
    return list(starts.values())


def missing(one, made):
    """How many did not come of those that each start had promised."""
    came = [len(numbers) for numbers in of_each_start(one)]
    return sum(max(0, promised - there) for promised, there in zip_longest(made, came, fillvalue=0))


@pytest.mark.slow  # the short form is the one above, at two moments
async def test_a_process_killed_at_any_moment_loses_nothing_that_it_had_on_disk(folder, tell):
    chance, kills = random.Random(7), 10
    async with running_mosquitto(folder, more=["max_queued_messages 0"]) as broker, witness(broker.address) as one:
        made = [await said_until_killed(broker, folder, chance) for _ in range(kills)]
        async with started(broker.address, folder) as node:
            await node.ready()
            with suppress(TimeoutError):
                await one.until(lambda _: not missing(one, made))
    came = of_each_start(one)
    # What was on disk and not yet answered for may be there, too.
    there = len(one.events()) + missing(one, made)
    tell(one.row("process killed -9 at ten random moments", there, f"{sum(made)} were promised"))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in came)
    boots = list(dict.fromkeys(event["boot_id"] for event in one.events()))
    order = [boots.index(event["boot_id"]) for event in one.events()]
    assert order == sorted(order)
