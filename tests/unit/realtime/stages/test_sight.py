"""Each utterance gets what was seen meanwhile; everything else passes."""

import asyncio

from realtime.events import Quiet
from realtime.faces.timeline import FaceTimeline, FaceView, Observation
from realtime.stages.sight import SightStage
from tests.conversation_events import heard


def observation(time_s: float) -> Observation:
    return Observation(time_s, (FaceView(1, 100.0, 0.3, confirmed=True),))


async def test_an_utterance_gets_its_sighting():
    timeline = FaceTimeline()
    for step in range(20):
        timeline.add(observation(0.2 * step))
    [said] = await SightStage(timeline, waits=False).process(heard(0))
    assert said.sighting is not None
    assert said.sighting.seen_share > 0.99
    assert said.utterance == heard(0).utterance


async def test_a_live_camera_is_not_waited_for():
    [said] = await asyncio.wait_for(SightStage(FaceTimeline(), waits=False).process(heard(3)), 1.0)
    assert not said.sighting.seen


async def test_the_pictures_of_a_fast_recording_are_waited_for():
    timeline = FaceTimeline()
    waiting = asyncio.create_task(SightStage(timeline, waits=True).process(heard(0)))
    for step in range(10):
        timeline.add(observation(0.2 * step))
        await asyncio.sleep(0)
    assert not waiting.done()
    timeline.add(observation(2.0))
    [said] = await asyncio.wait_for(waiting, 1.0)
    assert said.sighting.seen_share > 0.99


async def test_when_there_are_no_more_pictures_nobody_waits():
    timeline = FaceTimeline()
    waiting = asyncio.create_task(SightStage(timeline, waits=True).process(heard(9)))
    await asyncio.sleep(0)
    timeline.end()
    [said] = await asyncio.wait_for(waiting, 1.0)
    assert not said.sighting.seen


async def test_other_events_pass():
    stage = SightStage(FaceTimeline(), waits=True)
    assert await stage.process(Quiet(3.0)) == (Quiet(3.0),)
    assert await stage.flush() == ()
