import numpy as np
import pytest

from realtime.activity import FLOOR_DBFS, Present, Speaking, SpeechWatch, level_dbfs, overtakes
from realtime.channel import Channel, Policy
from realtime.diarizers.channel import ChannelDiarizer
from realtime.events import (
    ConversationEnded,
    ConversationStarted,
    EndReason,
    PartialText,
    SpeakerKind,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from realtime.stages.converse import ConverseStage


def chunk(start_s, length_s=0.5, channel=0, level=0.1, segment="s1"):
    return SpeechChunk(segment, channel, start_s, np.full(round(16_000 * length_s), level, np.float32))


def ended(end_s, reason=EndReason.SILENCE, channel=0, segment="s1"):
    return SpeechEnded(segment, channel, 0.0, end_s, reason, 0.0, 0.0)


def changes(watch, *events):
    return [told for told in watch.told(events) if isinstance(told, Speaking)]


def test_a_voice_starts_with_its_first_sound_and_stops_where_it_spoke_last():
    started, stopped = changes(SpeechWatch(), SpeechStarted("s1", 0, 1.0), chunk(1.0), chunk(1.5), ended(1.9))
    assert (started.going, started.start_s, started.end_s) == (True, 1.0, 1.0)
    assert (stopped.going, stopped.start_s, stopped.end_s) == (False, 1.0, 1.9)
    assert [started.level_dbfs, stopped.level_dbfs] == pytest.approx([-20.0, -20.0])


def test_every_other_event_passes_in_its_place():
    events = [SpeechStarted("s1", 0, 1.0), chunk(1.0), SpeechPaused("s1", 0, 1.4), ended(1.4)]
    told = SpeechWatch().told(events)
    assert [event for event in told if not isinstance(event, Speaking)] == events
    assert [type(event) for event in told].index(Speaking) == 1
    assert isinstance(told[-2], Speaking)
    assert isinstance(told[-1], SpeechEnded)


def test_the_look_behind_does_not_make_a_start_quiet():
    sound = np.concatenate((np.zeros(4_800, np.float32), np.full(1_600, 0.5, np.float32)))
    (started,) = changes(SpeechWatch(), SpeechChunk("s1", 0, 0.0, sound))
    assert started.level_dbfs == pytest.approx(-6.02, abs=0.01)


def test_a_pause_within_a_segment_is_no_stop():
    told = changes(
        SpeechWatch(), chunk(0.0), SpeechPaused("s1", 0, 0.4), SpeechResumed("s1", 0), chunk(0.6), ended(1.1)
    )
    assert [event.going for event in told] == [True, False]


def test_what_is_cut_by_force_goes_on():
    watch = SpeechWatch()
    cut = changes(
        watch, chunk(0.0), ended(0.5, EndReason.FORCED), SpeechStarted("s2", 0, 0.5), chunk(0.5, segment="s2")
    )
    (stopped,) = changes(watch, ended(0.9, segment="s2"))
    assert [event.going for event in cut] == [True]
    assert (stopped.start_s, stopped.end_s) == (0.0, 0.9)


def test_a_noise_started_and_stopped():
    told = changes(SpeechWatch(), chunk(2.0, 0.25), SpeechDiscarded("s1", 0))
    assert [(event.going, event.end_s) for event in told] == [(True, 2.0), (False, 2.25)]


def test_a_stop_without_a_start_is_not_told():
    assert changes(SpeechWatch(), ended(1.0), SpeechDiscarded("s1", 0)) == []


def test_channels_are_apart():
    told = changes(SpeechWatch(), chunk(0.0), chunk(0.0, channel=1, segment="s2"), ended(0.5), ended(0.5, channel=1))
    assert [(event.channel, event.going) for event in told] == [(0, True), (1, True), (0, False), (1, False)]


def test_levels_stay_in_their_range():
    assert level_dbfs(0.0) == FLOOR_DBFS
    assert level_dbfs(1.0) == 0.0
    assert level_dbfs(7.0) == 0.0


SPEAKING = Speaking(1, True, 1.0, 1.0, -20.0)
SILENT = Speaking(1, False, 1.0, 2.0, -20.0)


async def test_where_channels_are_named_it_is_known_who_speaks():
    diarizer = ChannelDiarizer(("ann", "bob"))
    (told,) = await diarizer.process(SPEAKING)
    assert (told.speaker.id, told.speaker.kind) == ("bob", SpeakerKind.CHANNEL)
    (nobody,) = await ChannelDiarizer().process(SPEAKING)
    assert (nobody.speaker.id, nobody.speaker.kind) == ("unknown", SpeakerKind.UNKNOWN)


def test_nothing_is_told_outside_of_a_conversation():
    present = Present()
    assert present.told(SPEAKING, None) == ()
    assert [event.conversation for event in present.told(SILENT, "c1")] == ["c1"]


def test_who_speaks_already_is_told_when_a_conversation_begins():
    present = Present()
    present.told(SPEAKING, None)
    assert [(event.channel, event.conversation) for event in present.begun("c1")] == [(1, "c1")]
    present.told(SILENT, "c1")
    assert present.begun("c2") == []


async def test_a_conversation_begins_before_it_is_told_who_speaks_in_it():
    stage = ConverseStage(60.0, ChannelDiarizer(), lambda: "over", lambda: "c1")
    assert await stage.process(SPEAKING) == ()
    told = await stage.process(PartialText("s1", 1, 1.0, 1.5, "oh"))
    assert [type(event) for event in told] == [ConversationStarted, Speaking, PartialText]
    assert [event.going for event in await stage.process(SILENT)] == [False]


@pytest.mark.parametrize("policy", [Policy.WAIT, Policy.JOIN])
async def test_it_overtakes_what_waits_but_not_its_conversation(policy):
    channel = Channel("test", 10, policy, overtakes=overtakes)
    begun, over = ConversationStarted("c1", 0.0), ConversationEnded("c1", 5.0, "over", 1, 0)
    text = PartialText("s1", 0, 0.0, 1.0, "oh")
    for event in (text, begun, text, SPEAKING, text, SILENT, over, SPEAKING):
        await channel.send(event)
    await channel.close()
    assert [event async for event in channel] == [text, begun, SPEAKING, SILENT, text, text, over, SPEAKING]
