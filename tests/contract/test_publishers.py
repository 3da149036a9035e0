"""What every publisher keeps: one test for all files in `edge/publishers`."""

import asyncio
import importlib
import inspect

import pytest

from edge.brokers import embedded
from model.config import Config
from model.errors import BrokerError
from realtime.events import Health, PartHealth, Quiet
from realtime.parts import part_names
from realtime.protocols import Publisher
from tests.conversation_events import node_info, short_conversation

PARTS = part_names("edge.publishers")


@pytest.fixture
async def broker():
    broker = embedded.create(embedded.Settings(port=0, websocket_port=None))
    await broker.open()
    yield broker
    await broker.close()


def module(part):
    return importlib.import_module(f"edge.publishers.{part}")


def publisher(part, url) -> Publisher:
    return module(part).create(module(part).Settings(url=url), node_info())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_brings_its_settings_and_makes_itself(part):
    assert issubclass(module(part).Settings, Config)
    assert next(iter(inspect.signature(module(part).create).parameters)) == "settings"
    for name, field in module(part).Settings.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("part", PARTS)
async def test_a_whole_conversation_is_taken_and_the_end_is_clean(part, broker):
    one = publisher(part, broker.url)
    await one.open()
    for event in short_conversation():
        await one.publish(event)
    await one.close()
    await one.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("mqtt")]


@pytest.mark.parametrize("part", PARTS)
async def test_what_concerns_nobody_outside_is_taken_in_silence(part, broker):
    one = publisher(part, broker.url)
    await one.open()
    await one.publish(Quiet(1.0))
    await one.publish(PartHealth("analyse", Health.LAGGING, "three waiting"))
    await one.close()


@pytest.mark.parametrize("part", PARTS)
async def test_a_broker_that_is_not_there_is_one_line_with_a_remedy(part):
    gone = embedded.create(embedded.Settings(port=0, websocket_port=None))
    await gone.open()
    await gone.close()
    one = publisher(part, gone.url)
    with pytest.raises(BrokerError, match="no broker at") as refused:
        await one.open()
    assert "\n" not in str(refused.value)
    assert refused.value.remedy
    await one.close()


@pytest.mark.parametrize("part", PARTS)
async def test_close_is_allowed_at_any_moment(part, broker):
    one = publisher(part, broker.url)
    await one.close()
    opening = asyncio.create_task(one.open())
    await asyncio.sleep(0.001)
    opening.cancel()
    await asyncio.wait({opening})
    await one.close()
