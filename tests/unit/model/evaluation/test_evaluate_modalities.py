"""Evaluating a network that reads voice and face, with their tables and without."""

import pytest
import torch

pytest.importorskip("torch_geometric")

from model.checkpoint import Card, Checkpoint
from model.conversation import Conversation, Pair, Utterance
from model.decision import Decision
from model.encoders.tables import TablePaths
from model.errors import SettingsError
from model.evaluation.evaluate import Request, measure
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from tests.tiny_minilm import tiny_minilm
from tests.tiny_tables import READS_ALL, write_tables
from tests.tiny_training import NETWORK

REQUEST = Request(data="x", format="ecf", network="mtml", delay="offline")
GOLD = tuple(
    Conversation(
        str(number),
        tuple(Utterance(str(n + 1), n, "AB"[n % 2], "so happy !") for n in range(4)),
        ("neutral", "joy", "anger", "joy"),
        frozenset({Pair(1, 0)}),
    )
    for number in range(2)
)


@pytest.fixture
def tables(tmp_path) -> TablePaths:
    return TablePaths.model_validate(write_tables(tmp_path))


def loaded(sizes=READS_ALL) -> Checkpoint:
    encoder = tiny_minilm()
    torch.manual_seed(0)
    network = MTML(Settings.model_validate(sizes)).eval()
    for name in ("audio", "video"):
        if name in network.projections:
            features = network.settings.features[Modality(name)]
            network.projections[name].expect(torch.full((features,), 1e5), torch.full((features,), 5.0))
    card = Card(
        network_settings=network.settings,
        encoder_settings=encoder.settings,
        decision=Decision(),
        frozen_sha256="",
        data=(),
        seed=1,
        epoch=1,
        dev={},
        training={},
    )
    return Checkpoint(encoder, network, card)


def measured(tables=None, request=REQUEST, sizes=READS_ALL):
    return measure(GOLD, loaded(sizes), request, lambda *_: None, tables)


def test_what_was_not_given_is_named_and_the_rest_is_read(tables):
    words = measured()
    voice = measured(tables.model_copy(update={"video": None}))
    everything = measured(tables)

    assert words.checkpoint.unread == (Modality.AUDIO, Modality.VIDEO)
    assert voice.checkpoint.unread == (Modality.VIDEO,)
    assert everything.checkpoint.unread == ()
    assert len({each.calibration_error for each in (words, voice, everything)}) == 3


def test_a_network_that_reads_words_alone_misses_nothing_and_refuses_tables(tables):
    assert measured(sizes=NETWORK).checkpoint.unread == ()
    with pytest.raises(SettingsError, match="which the network does not read"):
        measured(tables, sizes=NETWORK)


def test_other_data_have_no_rows_in_the_tables(tables):
    with pytest.raises(SettingsError, match="not of meld"):
        measured(tables, REQUEST.model_copy(update={"format": "meld"}))
