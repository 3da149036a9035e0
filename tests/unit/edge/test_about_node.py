"""What a node tells of itself, and of the recogniser, which the settings may leave open."""

from types import SimpleNamespace

import pytest

from edge.about_node import about_node
from edge.sensing import Reading
from edge.settings import AppSettings
from model import encoder_checkpoint
from model.checkpoint import SHIPPED, DataTerms, read_card
from model.encoder_checkpoint import EncoderCard
from model.modality import Modality
from realtime.parts import PartChoice
from realtime.recognition.catalogue import find_model
from realtime.transcribers.auto import Choice

WEIGHTS = SimpleNamespace(card=read_card(SHIPPED))
WORDS = Reading((Modality.TEXT,), {Modality.AUDIO: "not asked for", Modality.VIDEO: "there is no camera"})


@pytest.mark.parametrize(
    "given, repeatable",
    [
        ({}, PartChoice(part="pocketsphinx")),
        ({"passes": "first", "keep_up": 0.8}, PartChoice(part="pocketsphinx", passes="first")),
        ({"part": "whisper", "model": "tiny.en"}, PartChoice(part="whisper", model="tiny.en")),
    ],
)
def test_what_is_compared_is_heard_by_the_same_everywhere(given, repeatable):
    assert AppSettings(transcriber=given or {"part": "auto"}).repeatable().transcriber == repeatable


def test_nothing_said_leaves_the_recogniser_open():
    assert AppSettings().transcriber == PartChoice(part="auto")


@pytest.mark.parametrize(
    "transcriber, name, weights",
    [
        ({"part": "pocketsphinx"}, "pocketsphinx", ""),
        ({"part": "transformers", "model": "/home/somebody/moonshine-mine"}, "transformers", "moonshine-mine"),
        ({"part": "transformers"}, "transformers", "moonshine-base"),
    ],
)
def test_a_node_tells_the_recogniser_it_was_told_to_take(transcriber, name, weights):
    info = about_node(AppSettings(transcriber=transcriber), WEIGHTS, WORDS).models["transcribe"]
    assert info.name == name
    assert info.version.partition(" ")[2] == weights
    assert info.sha256 is None


def test_a_node_tells_the_recogniser_that_was_chosen():
    model = find_model("whisper-base.en")
    info = about_node(AppSettings(), WEIGHTS, WORDS, Choice("pocketsphinx", None, "", "")).models["transcribe"]
    assert (info.name, info.sha256) == ("pocketsphinx", None)
    assert " " not in info.version
    pytest.importorskip("whisper")
    info = about_node(AppSettings(), WEIGHTS, WORDS, Choice("whisper", model, "", "")).models["transcribe"]
    assert (info.name, info.sha256) == ("whisper", model.origin.sha256)
    assert info.version.endswith(" whisper-base.en")


def test_a_node_tells_what_it_reads_and_why_not_the_rest():
    info = about_node(AppSettings(), WEIGHTS, WORDS)
    assert info.modalities == ("text",)
    assert info.unread == {"audio": "not asked for", "video": "there is no camera"}
    assert not info.models.keys() & {"voice_encoder", "face_encoder"}


def test_a_node_tells_the_weights_of_the_encoders_that_it_reads_with(tmp_path):
    card = EncoderCard(
        reads="voice",
        what="A test.",
        labels=("neutral",),
        settings={},
        data=(DataTerms(name="nothing", terms="none"),),
        seed=1,
        figures={},
        training={},
    )
    encoder_checkpoint.save(tmp_path, {}, card)
    settings = AppSettings(
        camera={"device": 0},
        voice_encoder={"checkpoint": tmp_path},
        face_encoder={"part": "transformers", "model": "somebody/faces"},
    )
    info = about_node(settings, WEIGHTS, Reading((Modality.TEXT, Modality.AUDIO), {}))
    assert info.models["voice_encoder"].name == "compact"
    assert info.models["voice_encoder"].sha256 == encoder_checkpoint.read_card(tmp_path).weights_sha256
    assert "face_encoder" not in info.models
