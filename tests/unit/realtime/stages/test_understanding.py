"""How utterances are encoded once, analysed as they come, and revised while something may still change them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.analysis import Status
from model.decision import Decision
from model.encoders.inputs import EncoderInput
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
from realtime.latency import LagWatch
from realtime.model_thread import ModelThread
from realtime.stages.analyse import AnalyseStage
from realtime.stages.encode import EncodeStage, join_arrivals
from tests.conversation_events import CONVERSATION, heard, understood

FEATURES = 5


class CountingEncoder:
    """Features that say how many texts were read; remembers what it was given."""

    def __init__(self) -> None:
        self.inputs: list[EncoderInput] = []

    def encode(self, inputs: Sequence[EncoderInput]) -> torch.Tensor:
        self.inputs += inputs
        return torch.tensor([[float(1 + len(item.context))] * FEATURES for item in inputs])


@pytest.fixture
def thread():
    thread = ModelThread("test")
    yield thread
    thread.close()


def analysis(thread: ModelThread, ahead: int = 0) -> AnalyseStage:
    torch.manual_seed(0)
    rules = GraphRules(past=2, ahead=ahead, cross_task_past=2, cause_past=2)
    network = MTML(
        Settings(
            features={Modality.TEXT: FEATURES}, width=8, round_width=4, heads=2, layers=1, dropout=0.0, graph=rules
        )
    )
    engine = IncrementalEngine(network, Decision(link_threshold=0.001))
    return AnalyseStage(engine, network, thread, SystemClock())


def encoded(index: int, value: float | None = None) -> Encoded:
    features = np.full(FEATURES, index if value is None else value, np.float32)
    return Encoded(heard(index, speaker="ab"[index % 2]), features, Latency(spoken_at=100.0))


async def feed(stage: AnalyseStage | EncodeStage, *events: Event) -> list[Event]:
    results: list[Event] = []
    for event in events:
        results += await stage.process(event)
    return results


async def test_an_utterance_is_encoded_once_with_the_few_before_it(thread):
    encoder = CountingEncoder()
    stage = EncodeStage(encoder, 2, thread, SystemClock())
    said = [heard(index, text=f"text {index}") for index in range(4)]
    results = await feed(stage, ConversationStarted(CONVERSATION, 0.0), *said)
    assert [item.text for item in encoder.inputs] == ["text 0", "text 1", "text 2", "text 3"]
    assert encoder.inputs[3].context == ("text 1", "text 2")
    assert [event.items[0].features[0] for event in results if isinstance(event, Arrivals)] == [1.0, 2.0, 3.0, 3.0]


async def test_another_conversation_reads_nothing_of_the_one_before(thread):
    encoder = CountingEncoder()
    stage = EncodeStage(encoder, 2, thread, SystemClock())
    await feed(stage, heard(0, text="before"), ConversationStarted("next", 50.0), heard(0, text="after"))
    assert encoder.inputs[-1] == EncoderInput("after", ())


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
