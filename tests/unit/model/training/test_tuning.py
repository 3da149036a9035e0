import torch

from model.conversation import Conversation, Pair, Utterance
from model.emotions import EKMAN_LABELS
from model.graph import GraphRules, Kind
from model.networks.mtml import Settings
from model.networks.offline import Reading
from model.training.examples import Example, prepare
from model.training.tuning import judge, tune
from tests.tiny_minilm import tiny_minilm


def example(size: int = 6) -> Example:
    utterances = tuple(Utterance(str(i), i, "ann", "good") for i in range(size))
    emotions = tuple("joy" if i % 2 else "neutral" for i in range(size))
    pairs = frozenset(Pair(i, i - 1) for i in range(1, size, 2))
    settings = Settings(graph=GraphRules(past=2, cross_task_past=2, cause_past=2))
    return prepare([Conversation("c", utterances, emotions, pairs)], tiny_minilm(), settings)[0]


def reading(example: Example, margin: float = 6.0) -> Reading:
    emotion = torch.nn.functional.one_hot(example.emotions, len(EKMAN_LABELS)) * margin
    return Reading(emotion, torch.zeros(example.emotions.numel(), 2), (example.pairs - 0.5) * 2 * margin)


def test_a_right_reading_scores_one():
    gold = example()
    result = tune([gold], [reading(gold)], EKMAN_LABELS)
    assert result.scores.pair_f1 == result.scores.emotion_accuracy == 1.0
    assert result.selection == 3.0 - (1 - result.scores.w_avg_6)
    assert result.pair_calibration_error < 0.01


def test_overconfidence_is_cooled_and_the_threshold_follows_the_pairs():
    gold = example(40)
    said = reading(gold)
    emotion = said.emotion.clone()
    emotion[::4] = emotion[::4].roll(3, -1)  # a quarter is wrong, as sure as the rest
    shifted = Reading(emotion, said.cause, said.pair / 12 - 0.6)  # true pairs stand at a logit of -0.1
    result = tune([gold], [shifted], EKMAN_LABELS)
    assert result.decision.emotion_temperature > 1.5
    assert result.emotion_calibration_error < 0.1
    assert result.decision.link_threshold < 0.5
    assert result.scores.pair_recall > 0.9


def test_judging_takes_the_decision_as_it_is():
    gold = example()
    result = tune([gold], [reading(gold)], EKMAN_LABELS)
    strict = result.decision.model_copy(update={"link_threshold": 0.9999999})
    assert judge([gold], [reading(gold, 1.0)], EKMAN_LABELS, strict).pair_recall == 0.0
    assert gold.named.edges[Kind.CANDIDATE].relation.numel() == gold.pairs.numel()
