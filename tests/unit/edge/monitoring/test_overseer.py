"""A service manager hears that a node is alive for as long as its stream moves, and not longer."""

import asyncio
from collections import deque

import pytest

from edge.monitoring.overseer import Movement, overseen
from edge.monitoring.settings import MonitoringSettings
from model.errors import SettingsError
from realtime.pipeline import StepStatistics
from realtime.worker import Counters


class Manager:
    watchdog_s = 0.04

    def __init__(self):
        self.said = []

    def alive(self):
        self.said.append("alive")

    def status(self, line):
        self.said.append(line)


class Node:
    def __init__(self, port=None):
        self.monitoring = MonitoringSettings(port=port)
        self.connected = True
        self.reasons = ()
        self.processed, self.waiting = 0, 0

    async def figures(self):
        return None

    def unready(self):
        return self.reasons

    def statistics(self):
        counters = Counters(self.processed, 0, 0.0, deque())
        return {"encode": StepStatistics(counters, deepest=9, dropped=0, joined=0, waiting=self.waiting)}


def look(movement, processed, waiting):
    node = Node()
    node.processed, node.waiting = processed, waiting
    return movement.seen(node.statistics())


def test_a_stream_stands_only_where_something_waits_and_nothing_is_done():
    movement = Movement()
    assert look(movement, 0, 0)
    assert look(movement, 0, 0)
    assert look(movement, 3, 5)
    assert not look(movement, 3, 5)
    assert not look(movement, 3, 9)
    assert look(movement, 4, 9)
    assert look(movement, 4, 0)


async def alive_while(node, change):
    """How often a node is said to be alive in a while after a change."""
    manager = Manager()
    async with overseen(node, manager):
        await asyncio.sleep(0.03)
        assert "alive" in manager.said
        change(node)
        await asyncio.sleep(0.03)
        manager.said.clear()
        await asyncio.sleep(0.06)
        return manager.said.count("alive"), manager.said


async def test_a_stream_that_stands_is_not_said_to_be_alive():
    def stand(node):
        node.waiting = 4

    count, said = await alive_while(Node(), stand)
    assert count == 0
    assert "listening" in said


async def test_waiting_for_a_broker_that_is_away_is_no_standstill():
    def lose_broker(node):
        node.waiting, node.connected, node.reasons = 4, False, ("no connection to the broker",)

    count, said = await alive_while(Node(), lose_broker)
    assert count > 0
    assert "not ready: no connection to the broker" in said


async def test_a_port_that_is_taken_ends_it_before_anything_is_loaded():
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with taken:
        with pytest.raises(SettingsError, match=r"monitoring\.port"):
            async with overseen(Node(taken.sockets[0].getsockname()[1]), Manager()):
                pytest.fail("it was looked after")
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "overseer"]
