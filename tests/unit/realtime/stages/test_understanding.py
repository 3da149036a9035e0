"""How utterances are analysed as they come, and revised while something may still change them."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.analysis import Status
from model.decision import Decision
from model.evidence import Evidence
from model.graph import GraphRules
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from realtime.clock import SystemClock
from realtime.events import (
    Arrivals,
    ConversationEnded,
    ConversationStarted,
    Encoded,
    Event,
    Failure,
    Health,
    Heard,
    Latency,
    PartHealth,
    Understood,
)
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.latency import LagWatch
from realtime.model_thread import ModelThread
from realtime.orders import Forget
from realtime.recovery import ConversationResumed, Progress, Together
from realtime.stages.analyse import AnalyseStage
from realtime.stages.encode import join_arrivals
from tests.conversation_events import CONVERSATION, heard, understood

FEATURES = 5


@pytest.fixture
def thread():
    thread = ModelThread("test")
    yield thread
    thread.close()


WORDS = {Modality.TEXT: FEATURES}
SENSES = WORDS | {Modality.AUDIO: 7, Modality.VIDEO: 7}


def understanding(thread: ModelThread, ahead: int = 0, features: dict[Modality, int] = WORDS) -> tuple[Scheduler, MTML]:
    torch.manual_seed(0)
    rules = GraphRules(past=2, ahead=ahead, cross_task_past=2, cause_past=2)
    network = MTML(Settings(features=features, width=8, round_width=4, heads=2, layers=1, dropout=0.0, graph=rules))
    engine = IncrementalEngine(network, Decision(link_threshold=0.001))
    return Scheduler(engine, thread, SystemClock()), network


def analysis(thread: ModelThread, ahead: int = 0) -> AnalyseStage:
    return AnalyseStage(*understanding(thread, ahead), SystemClock())


def encoded(index: int, value: float | None = None) -> Encoded:
    features = np.full(FEATURES, index if value is None else value, np.float32)
    return Encoded(heard(index, speaker="ab"[index % 2]), features, Latency(spoken_at=100.0))


async def feed(stage: AnalyseStage, *events: Event) -> list[Event]:
    results: list[Event] = []
    for event in events:
        results += await stage.process(event)
    return results


def test_waiting_arrivals_of_one_conversation_are_joined_in_order():
    first, second = Arrivals((encoded(0),)), Arrivals((encoded(1),))
    joined = join_arrivals(first, second)
    assert isinstance(joined, Arrivals)
    assert [item.heard.utterance.index for item in joined.items] == [0, 1]
    other = Arrivals((replace(encoded(0), heard=replace(heard(0), conversation="other")),))
    assert join_arrivals(first, other) is None
    assert join_arrivals(first, ConversationEnded(CONVERSATION, 9.0, "stopped", 1, 0)) is None


async def test_where_nothing_looks_ahead_each_first_result_is_final(thread):
    stage = analysis(thread)
    await stage.open()
    results = await feed(
        stage,
        ConversationStarted(CONVERSATION, 0.0),
        *(Arrivals((encoded(index),)) for index in range(5)),
        ConversationEnded(CONVERSATION, 20.0, "end of source", 5, 0),
    )
    assert isinstance(results[0], ConversationStarted)
    assert isinstance(results[-1], ConversationEnded)
    middle = results[1:-1]
    assert [type(event) for event in middle] == [Heard, Understood] * 5
    for index, event in enumerate(middle[1::2]):
        assert isinstance(event, Understood)
        assert event.heard.utterance.index == index
        assert event.emotion is not None
        assert event.cause is not None
        assert (event.emotion.status, event.cause.status) == (Status.FINAL, Status.FINAL)
        assert event.latency is not None
        assert event.latency.analyse_s > 0
        assert event.window is not None
        assert [end.utterance.index for end in event.window] == [max(0, index - 2), index]
        assert [cause.utterance.index for cause in event.causes] == [link.cause for link in event.cause.links]


async def test_looking_one_ahead_a_result_is_provisional_then_final_and_the_end_settles_the_last(thread):
    stage = analysis(thread, ahead=1)
    results = await feed(
        stage,
        ConversationStarted(CONVERSATION, 0.0),
        *(Arrivals((encoded(index),)) for index in range(3)),
        ConversationEnded(CONVERSATION, 20.0, "stopped", 3, 0),
    )
    path = [
        (event.heard.utterance.index, event.emotion.revision, event.emotion.status, event.latency is not None)
        for event in results
        if isinstance(event, Understood) and event.emotion is not None
    ]
    assert path == [
        (0, 1, Status.PROVISIONAL, True),
        (0, 2, Status.FINAL, False),
        (1, 1, Status.PROVISIONAL, True),
        (1, 2, Status.FINAL, False),
        (2, 1, Status.PROVISIONAL, True),
        (2, 2, Status.FINAL, False),
    ]


async def test_joined_arrivals_give_every_utterance_its_own_results(thread):
    alone = await feed(
        analysis(thread), ConversationStarted(CONVERSATION, 0.0), *(Arrivals((encoded(i),)) for i in range(4))
    )
    joined = await feed(
        analysis(thread), ConversationStarted(CONVERSATION, 0.0), Arrivals(tuple(encoded(i) for i in range(4)))
    )
    said = [[event.emotion for event in run if isinstance(event, Understood)] for run in (alone, joined)]
    assert said[0] == said[1]
    assert [type(event) for event in joined[1:]] == [Heard] * 4 + [Understood] * 4


async def test_features_that_are_not_numbers_cost_their_utterance_only_its_analysis(thread):
    stage = analysis(thread)
    bad = encoded(1, float("nan"))
    results = await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((encoded(0), bad, encoded(2))))
    assert [event.code for event in results if isinstance(event, Failure)] == ["not_finite"]
    assert [event.utterance.index for event in results if isinstance(event, Heard)] == [0, 1, 2]
    assert [event.heard.utterance.index for event in results if isinstance(event, Understood)] == [0, 2]


async def emotion_of(stage: AnalyseStage, evidence: dict[Modality, Evidence]) -> tuple[float, ...]:
    item = encoded(0)
    item = replace(item, heard=replace(item.heard, evidence=evidence))
    *_, understood = await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((item,)))
    assert isinstance(understood, Understood)
    assert understood.emotion is not None
    return understood.emotion.probabilities


async def test_the_network_reads_voice_and_face_where_they_are_used(thread):
    understood = understanding(thread, features=SENSES)

    async def read(**says: np.ndarray | None) -> tuple[float, ...]:
        evidence = {Modality(name): Evidence(features, 0.5, "") for name, features in says.items()}
        stage = AnalyseStage(*understood, SystemClock())
        await stage.open()
        return await emotion_of(stage, evidence)

    voice, face = np.linspace(-3, 3, 7, dtype=np.float32), np.linspace(3, -3, 7, dtype=np.float32)
    words = await read()
    assert await read(audio=None, video=None) == words
    heard_too, seen_too = await read(audio=voice, video=None), await read(video=face)
    both = await read(audio=voice, video=face)
    assert len({words, heard_too, seen_too, both}) == 4


async def test_conversations_of_one_process_share_the_engine_and_do_not_mix(thread):
    scheduler, network = understanding(thread)
    stages = [AnalyseStage(scheduler, network, SystemClock()) for _ in range(2)]
    told = [
        (ConversationStarted(CONVERSATION, 0.0), *(Arrivals((encoded(i, i + by),)) for i in range(4))) for by in (0, 9)
    ]
    together = await asyncio.gather(*(feed(stage, *events) for stage, events in zip(stages, told, strict=True)))
    for results, events in zip(together, told, strict=True):
        assert_same_emotions(results, await feed(analysis(thread), *events))


def assert_same_emotions(ours: list[Event], theirs: list[Event]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert type(one) is type(other)
        if isinstance(one, Understood) and isinstance(other, Understood):
            assert one.emotion is not None
            assert other.emotion is not None
            assert one.emotion.probabilities == pytest.approx(other.emotion.probabilities, abs=1e-5)


async def test_a_conversation_that_is_cut_off_gives_its_lane_back(thread):
    scheduler, network = understanding(thread)
    stage = AnalyseStage(scheduler, network, SystemClock())
    await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((encoded(0),)))
    await stage.close()
    await stage.close()
    with pytest.raises(ValueError, match="lane 0 is not open"):
        await scheduler.finish(0)


def flat(events: list[Event]) -> list[Event]:
    return [one for event in events for one in (event.events if isinstance(event, Together) else (event,))]


@pytest.mark.parametrize("cut", [1, 5, 17, 20])
@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_conversation_that_is_cut_off_goes_on_as_if_it_had_not_been(thread, ahead, cut):
    scheduler, network = understanding(thread, ahead)
    start, end = ConversationStarted(CONVERSATION, 0.0), ConversationEnded(CONVERSATION, 99.0, "stopped", 24, 0)
    said = [Arrivals((encoded(index),)) for index in range(24)]
    whole = await feed(AnalyseStage(scheduler, network, SystemClock()), start, *said, end)
    before = flat(await feed(AnalyseStage(scheduler, network, SystemClock(), keeps=True), start, *said[:cut]))
    steps = [event for event in before if isinstance(event, Progress)]
    lane = [step.lane for step in steps if step.lane is not None][-1]
    newest = steps[-1]
    resumed = ConversationResumed(CONVERSATION, 70.0, 5.0, cut, newest.heard, lane, newest.since)
    after = flat(await feed(AnalyseStage(scheduler, network, SystemClock(), keeps=True), resumed, *said[cut:], end))
    assert isinstance(after[0], ConversationResumed)
    kept = [event for event in (*before, *after[1:]) if not isinstance(event, Progress)]
    assert [replace(event, latency=None) if isinstance(event, Understood) else event for event in kept] == [
        replace(event, latency=None) if isinstance(event, Understood) else event for event in whole
    ]


async def test_a_lane_is_kept_at_first_and_now_and_then_and_between_them_what_was_read_since(thread):
    stage = AnalyseStage(*understanding(thread), SystemClock(), keeps=True)
    said = flat(
        await feed(stage, ConversationStarted(CONVERSATION, 0.0), *(Arrivals((encoded(i),)) for i in range(18)))
    )
    steps = [event for event in said if isinstance(event, Progress)]
    assert [number for number, step in enumerate(steps) if step.lane is not None] == [0, 16]
    assert [len(step.since) for step in steps] == [0, *range(1, 16), 0, 1]


async def test_everything_about_an_utterance_and_what_it_leaves_is_said_together(thread):
    stage = AnalyseStage(*understanding(thread), SystemClock(), keeps=True)
    _, together = await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((encoded(0), encoded(1))))
    assert isinstance(together, Together)
    assert [type(event) for event in together.events] == [Heard, Heard, Understood, Understood, Progress]


async def test_where_another_network_read_the_conversation_it_is_read_anew(thread, caplog):
    stage = AnalyseStage(*understanding(thread), SystemClock())
    resumed = ConversationResumed(CONVERSATION, 30.0, 5.0, 1, (heard(0),), b"foreign")
    *_, result = await feed(stage, resumed, Arrivals((encoded(1),)))
    assert isinstance(result, Understood)
    assert all(cause == result.heard for cause in result.causes)
    assert "is read as if it began now" in caplog.text


async def test_memory_does_not_grow_with_the_conversation(thread):
    stage = analysis(thread)
    await feed(stage, ConversationStarted(CONVERSATION, 0.0), *(Arrivals((encoded(i),)) for i in range(50)))
    assert len(stage._heard) <= 4


def test_lag_is_told_once_and_so_is_catching_up():
    watch = LagWatch()
    result = understood(heard(0), spoken_at=100.0)
    told = [watch.notice(result, now_s) for now_s in (101.0, 103.0, 104.0, 101.8, 101.2, 101.0)]
    assert [change.health if isinstance(change, PartHealth) else None for change in told] == [
        None,
        Health.LAGGING,
        None,
        None,
        Health.ONLINE,
        None,
    ]


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_conversation_that_is_forgotten_is_read_as_if_it_began_then(thread, ahead):
    scheduler, network = understanding(thread, ahead)
    start, end = ConversationStarted(CONVERSATION, 0.0), ConversationEnded(CONVERSATION, 40.0, "stopped", 8, 0)
    said = [Arrivals((encoded(index),)) for index in range(8)]
    halves = [
        await feed(AnalyseStage(scheduler, network, SystemClock()), start, *half, end) for half in (said[:5], said[5:])
    ]
    apart = [event for half in halves for event in half if isinstance(event, Heard | Understood)]
    order = Forget(CONVERSATION, None)
    stage = AnalyseStage(scheduler, network, SystemClock())
    whole = await feed(stage, start, *said[:5], order, *said[5:], end)

    def told(event: Event) -> object:
        if not isinstance(event, Understood):
            return event
        return (
            *(event.heard, event.window and [end.utterance.id for end in event.window]),
            *(event.emotion and (event.emotion.revision, event.emotion.status, event.emotion.probabilities),),
            *(event.cause and [(cause.utterance.id) for cause in event.causes],),
        )

    assert list(map(told, (event for event in whole if isinstance(event, Heard | Understood)))) == list(
        map(told, apart)
    )
    finals = [event.heard.utterance.id for event in whole if isinstance(event, Understood) and _is_final(event)]
    assert sorted(finals) == sorted({event.utterance.id for event in whole if isinstance(event, Heard)})
    assert order.removed["utterances"] == 3 + ahead


def _is_final(event: Understood) -> bool:
    return event.cause is not None and event.cause.status is Status.FINAL


@pytest.mark.parametrize("order", [Forget("another", None), Forget(None, frozenset({"nobody"}), met=False)])
async def test_what_others_are_to_forget_changes_nothing(thread, order):
    stage = analysis(thread)
    said = [Arrivals((encoded(index),)) for index in range(2)]
    *_, result = await feed(stage, ConversationStarted(CONVERSATION, 0.0), said[0], order, said[1])
    assert isinstance(result, Understood)
    assert result.window is not None
    assert [end.utterance.index for end in result.window] == [0, 1]
    assert not order.removed


async def test_a_forgotten_conversation_leaves_nothing_to_go_on_from(thread):
    stage = AnalyseStage(*understanding(thread), SystemClock(), keeps=True)
    await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((encoded(0),)))
    order, together = await feed(stage, Forget(CONVERSATION, None))
    assert isinstance(order, Forget)
    assert isinstance(together, Together)
    (progress,) = together.events
    assert isinstance(progress, Progress)
    assert progress.heard == ()


async def test_the_threshold_of_links_holds_for_later_utterances_only(thread):
    scheduler, network = understanding(thread, ahead=1)
    stage = AnalyseStage(scheduler, network, SystemClock())
    before = await feed(stage, ConversationStarted(CONVERSATION, 0.0), Arrivals((encoded(0),)), Arrivals((encoded(1),)))
    assert any(event.causes for event in before if isinstance(event, Understood))
    await scheduler.set_link_threshold(0.999)
    results = await feed(
        stage,
        *(Arrivals((encoded(index),)) for index in (2, 3, 4)),
        ConversationEnded(CONVERSATION, 40.0, "stopped", 5, 0),
    )
    finals = {
        event.heard.utterance.index: event for event in results if isinstance(event, Understood) and _is_final(event)
    }
    assert finals[1].causes
    assert not any(finals[index].causes for index in (2, 3, 4))
