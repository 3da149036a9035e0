"""How utterances are encoded: once, with the few before them, and together with those of other conversations."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.encoders.inputs import EncoderInput
from realtime.events import Arrivals, ConversationEnded, ConversationStarted, Event, Latency, PartialText, Utterances
from realtime.model_thread import ModelThread
from realtime.orders import Forget
from realtime.stages.encode import EncodeStage, encode_by_length, join_heard, shared_encoding
from tests.conversation_events import CONVERSATION, heard
from tests.fakes import ManualClock
from tests.tiny_minilm import WORDS, tiny_minilm

FEATURES = 5


class CountingEncoder:
    """Features that say how many texts were read; remembers what it was given, call by call."""

    def __init__(self) -> None:
        self.calls: list[list[EncoderInput]] = []

    @property
    def inputs(self) -> list[EncoderInput]:
        return [item for call in self.calls for item in call]

    def encode(self, inputs: Sequence[EncoderInput]) -> torch.Tensor:
        self.calls.append(list(inputs))
        return torch.tensor([[float(1 + len(item.context))] * FEATURES for item in inputs])


class Desk:
    """Conversations that share an encoder, in time that stands still."""

    def __init__(self, thread: ModelThread) -> None:
        self.clock = ManualClock(stopped=True)
        self.encoder = CountingEncoder()
        self.encoding = shared_encoding(self.encoder, thread, self.clock)

    def stage(self) -> EncodeStage:
        return EncodeStage(self.encoding, 2, self.clock)


@pytest.fixture
def desk():
    thread = ModelThread("test")
    yield Desk(thread)
    thread.close()


async def feed(stage: EncodeStage, *events: Event) -> list[Event]:
    return [result for event in events for result in await stage.process(event)]


async def test_an_utterance_is_encoded_once_with_the_few_before_it_and_at_once(desk):
    said = [heard(index, text=f"text {index}") for index in range(4)]
    results = await feed(desk.stage(), ConversationStarted(CONVERSATION, 0.0), *said)
    assert [item.text for item in desk.encoder.inputs] == ["text 0", "text 1", "text 2", "text 3"]
    assert desk.encoder.inputs[3].context == ("text 1", "text 2")
    assert [event.items[0].features[0] for event in results if isinstance(event, Arrivals)] == [1.0, 2.0, 3.0, 3.0]
    assert desk.clock.now_s() == 0


async def test_reading_voice_and_face_counts_as_encoding(desk):
    said = heard(0, latency=Latency(spoken_at=100.0, transcribe_s=0.5, encode_s=0.25))
    _, arrivals = await feed(desk.stage(), ConversationStarted(CONVERSATION, 0.0), said)
    assert isinstance(arrivals, Arrivals)
    latency = arrivals.items[0].latency
    assert (latency.transcribe_s, latency.encode_s) == (0.5, 0.25)  # the clock stands still meanwhile


async def test_another_conversation_reads_nothing_of_the_one_before(desk):
    await feed(desk.stage(), heard(0, text="before"), ConversationStarted("next", 50.0), heard(0, text="after"))
    assert desk.encoder.inputs[-1] == EncoderInput("after", ())


async def test_waiting_utterances_of_one_conversation_are_encoded_in_one_call(desk):
    stage = desk.stage()
    waiting = Utterances(tuple(heard(index, text=f"text {index}") for index in range(3)))
    _, arrivals = await feed(stage, ConversationStarted(CONVERSATION, 0.0), waiting)
    assert isinstance(arrivals, Arrivals)
    assert [item.heard.utterance.index for item in arrivals.items] == [0, 1, 2]
    assert [item.features[0] for item in arrivals.items] == [1.0, 2.0, 3.0]
    assert [len(call) for call in desk.encoder.calls] == [3]


async def test_conversations_that_come_together_are_encoded_in_one_call(desk):
    stages = [desk.stage() for _ in range(3)]
    for stage in stages:
        await stage.process(ConversationStarted(CONVERSATION, 0.0))
    await asyncio.gather(*(stage.process(heard(0)) for stage in stages))
    assert [len(call) for call in desk.encoder.calls] == [3]


async def test_a_conversation_that_ended_or_was_cut_off_is_not_waited_for(desk):
    running, ended, cut = stages = [desk.stage() for _ in range(3)]
    for stage in stages:
        await stage.process(ConversationStarted(CONVERSATION, 0.0))
    await ended.process(ConversationEnded(CONVERSATION, 9.0, "stopped", 0, 0))
    for stage in (ended, cut, cut):
        await stage.close()
    assert len(await feed(running, heard(0))) == 1


def test_waiting_utterances_are_joined_in_order_and_newer_partial_text_replaces_older():
    two = join_heard(heard(0), heard(1))
    assert two == Utterances((heard(0), heard(1)))
    assert join_heard(Utterances((heard(0), heard(1))), heard(2)) == Utterances((heard(0), heard(1), heard(2)))
    assert join_heard(heard(0), replace(heard(0), conversation="other")) is None
    assert join_heard(heard(0), ConversationEnded(CONVERSATION, 9.0, "stopped", 1, 0)) is None
    older, newer, other = (
        PartialText(segment, 0, 0.0, 1.0, text) for segment, text in (("a", "so"), ("a", "so I"), ("b", ""))
    )
    assert join_heard(older, newer) is newer
    assert join_heard(older, other) is None
    assert join_heard(older, heard(0)) is None


def test_features_do_not_depend_on_what_is_encoded_beside_them():
    encoder, random = tiny_minilm(), np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS[4:], size=size)) for size in random.integers(0, 40, size=21)]
    inputs = [EncoderInput(text, tuple(texts[:number][-2:])) for number, text in enumerate(texts)]
    together = encode_by_length(encoder, inputs)
    for item, features in zip(inputs, together, strict=True):
        assert np.abs(features - encoder.encode([item])[0].numpy()).max() <= 1e-5


def test_only_inputs_of_like_length_are_encoded_together():
    encoder = CountingEncoder()
    inputs = [EncoderInput("a" * (1 + number % 2 * 100)) for number in range(16)]
    encode_by_length(encoder, inputs)
    assert [{len(item.text) for item in call} for call in encoder.calls] == [{1}, {101}]


@pytest.mark.parametrize(
    "order, context, sentences",
    [
        (Forget(CONVERSATION, None), (), 3),
        (Forget(None, frozenset({"ann", "Ann"})), ("text 1",), 2),
        (Forget("another", None), ("text 1", "text 2"), 0),
        (Forget(CONVERSATION, frozenset({"nobody"})), ("text 1", "text 2"), 0),
    ],
)
async def test_what_is_forgotten_is_read_with_no_later_utterance(desk, order, context, sentences):
    said = [heard(index, text=f"text {index}", speaker=("ann", "ben", "ann")[index]) for index in range(3)]
    stage = desk.stage()
    results = await feed(stage, ConversationStarted(CONVERSATION, 0.0), *said, order, heard(3, text="text 3"))
    assert desk.encoder.inputs[-1].context == context
    assert order in results
    assert order.removed["sentences"] == sentences
