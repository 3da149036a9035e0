"""A network that hears and sees as well says of words alone what the network it began from says, to the bit."""

import numpy as np
import torch

from model.conversation import UNKNOWN_SPEAKER
from model.decision import Decision
from model.graph import GraphRules
from model.modality import Modality
from model.networks.mtml import MTML
from realtime.incremental.engine import Arrival, IncrementalEngine
from tests.strategies import FEATURES, SIZES, untrained


def test_with_words_alone_the_engine_of_three_modalities_says_the_same():
    words = untrained(GraphRules())
    torch.manual_seed(5)
    fused = MTML(words.settings.model_copy(update={"features": SIZES})).eval()
    fused.load_state_dict(words.state_dict(), strict=False)
    engines = [IncrementalEngine(network, Decision()) for network in (words, fused)]
    lanes = [engine.open() for engine in engines]
    chance = np.random.default_rng(0)
    for number in range(25):
        features = {Modality.TEXT: chance.normal(size=FEATURES).astype(np.float32)}
        speaker = ("anna", "ben", UNKNOWN_SPEAKER)[number % 3]
        said = [
            engine.step([Arrival(lane, number, features, speaker)])[0]
            for engine, lane in zip(engines, lanes, strict=True)
        ]
        assert said[0] == said[1]
