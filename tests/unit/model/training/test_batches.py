from dataclasses import dataclass
from itertools import chain
from random import Random

from model.training.batches import plan
from model.training.settings import Optimisation


@dataclass
class Sized:
    size: int


class Conversation:
    """As much of an example as planning looks at."""

    def __init__(self, utterances: int, tokens: int = 5) -> None:
        self.named = Sized(utterances)
        self.written = self
        self.states = [Row(tokens)] * utterances


class Row:
    def __init__(self, tokens: int) -> None:
        self.shape = (tokens, 16)


def test_every_epoch_holds_everything_once_in_another_order():
    examples = [Conversation(3) for _ in range(10)]
    first, second = plan(examples, Optimisation(epochs=2, batch=4), Random(0))
    for epoch in (first, second):
        assert sorted(chain(*epoch)) == list(range(10))
        assert [len(batch) for batch in epoch] == [4, 4, 2]
    assert first != second
    assert plan(examples, Optimisation(epochs=2, batch=4), Random(0)) == [first, second]


def test_a_batch_is_full_by_conversations_or_by_utterances():
    examples = [Conversation(1)] * 40 + [Conversation(30)] * 4 + [Conversation(200)]
    (epoch,) = plan(examples, Optimisation(epochs=1, batch=16, utterances=64), Random(1))
    assert sorted(chain(*epoch)) == list(range(45))
    for batch in epoch:
        assert len(batch) <= 16
        assert len(batch) == 1 or sum(examples[i].named.size for i in batch) <= 64
    assert [44] in epoch  # too long for any company


def test_alike_conversations_are_learned_from_together():
    random = Random(2)
    examples = [Conversation(1, random.randint(3, 40)) for _ in range(320)]

    def padding(alike: int) -> int:
        (epoch,) = plan(examples, Optimisation(epochs=1, batch=16, alike=alike), Random(3))
        assert sorted(chain(*epoch)) == list(range(320))
        lengths = [[examples[i].states[0].shape[0] for i in batch] for batch in epoch]
        return sum(max(row) * len(row) - sum(row) for row in lengths)

    assert padding(20) < padding(1) / 5
