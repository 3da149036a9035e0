"""The baseline is the same network: what it says of the newest utterance is what the offline pass says."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.bench.incremental.conversation import RandomConversation
from edge.bench.incremental.windowed import Rows, WindowedRerun
from model.decision import Decision
from model.graph import GraphRules, Kind
from model.layers.rounds import Feedback
from model.modality import Modality
from model.networks.mtml import Settings
from model.networks.observations import Observations
from model.networks.offline import OfflinePass
from tests.strategies import FEATURES, rules, untrained

DECISION = Decision(emotion_temperature=0.7, pair_temperature=1.3)

few = settings(max_examples=25, deadline=None)
text_networks = st.builds(
    untrained,
    rules(),
    layers=st.integers(1, 3),
    seed=st.integers(0, 99),
    cross_task=st.booleans(),
    extraction_levels=st.integers(0, 2),
    experts=st.integers(1, 2),
    rounds=st.integers(1, 3),
    feedback=st.sampled_from(Feedback),
)


@given(text_networks, st.integers(1, 30), st.integers(0, 99))
@few
def test_it_equals_the_offline_pass(network, size, seed):
    conversation = RandomConversation.of(size, FEATURES, seed)
    graph = conversation.graph(network.settings.graph, size)
    rerun = WindowedRerun(network, DECISION, size)
    rows = rerun.rows.layers[0]
    with torch.inference_mode():
        emotion, pair = rerun(conversation.features[-rows:], rerun.places(conversation)[-rows:])
        observed = Observations({Modality.TEXT: conversation.features}, torch.ones(size, 1, dtype=torch.bool))
        theirs = OfflinePass(network)(observed, graph)
    candidates = graph.edges[Kind.CANDIDATE]
    row = candidates.index[1] - size
    inside = row >= -len(pair)
    ours = pair[row[inside], candidates.offset[inside] + network.settings.graph.cause_past]

    assert len(emotion) == min(size, network.settings.emotion_horizon + 1)
    assert len(pair) == min(size, network.settings.cause_horizon + 1)
    torch.testing.assert_close(emotion, DECISION.emotion_probabilities(theirs.emotion)[-len(emotion) :])
    torch.testing.assert_close(ours, DECISION.pair_probabilities(theirs.pair)[inside])


def test_it_reads_no_more_utterances_than_matter():
    for chosen in (Settings(), Settings(rounds=3), Settings(graph=GraphRules(ahead=1, cause_ahead=2))):
        assert Rows.of(chosen, 1000).layers[0] == chosen.reach + 1
        assert Rows.of(chosen, 3).layers[0] == 3


def test_rows_shrink_from_layer_to_layer_to_what_the_newest_results_need():
    rows = Rows.of(Settings(), 1000)
    assert (rows.layers, rows.rounds, rows.candidates, rows.targets) == ((36, 26, 16), (16, 11), 11, 1)


def test_a_network_that_reads_more_than_words_is_refused():
    network = untrained(GraphRules(), features={Modality.TEXT: FEATURES, Modality.AUDIO: 3})
    with pytest.raises(ValueError, match="one modality, not 2"):
        WindowedRerun(network, DECISION, 10)
