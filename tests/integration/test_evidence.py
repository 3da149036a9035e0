"""The whole pipeline with a network that reads three modalities, and a voice encoder of the real kind, tiny."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from edge.app import App, RunReport
from edge.settings import AppSettings
from edge.spoken.listening import write_wav
from model import checkpoint
from model.checkpoint import Checkpoint
from model.modality import Modality
from model.networks.mtml import MTML
from realtime.events import Event, Understood
from tests.speech import line
from tests.tiny_voices import emotion_folder


class Kept:
    """A publisher that keeps everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def open(self) -> None: ...

    async def publish(self, *events: Event) -> None:
        self.events.extend(events)

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
def weights() -> Checkpoint:
    """The shipped words, and a network that could read voice and face, but learned nothing."""
    torch.manual_seed(3)
    shipped = checkpoint.load()
    settings = shipped.card.network_settings
    features = settings.features | {Modality.AUDIO: 7, Modality.VIDEO: 7}
    return replace(shipped, network=MTML(settings.model_copy(update={"features": features})).eval())


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "line.wav"
    write_wav((line(3)[0] * 2**15).astype(np.int16)[None], path)
    return path


async def understood(settings: AppSettings, weights: Checkpoint) -> tuple[Understood, RunReport, App]:
    kept = Kept()
    app = App(settings.repeatable(), publisher=kept, weights=weights)
    try:
        await app.open()
        report = await app.run()
    finally:
        await app.close()
    return next(event for event in kept.events if isinstance(event, Understood)), report, app


async def test_a_voice_is_read_beside_its_words(recording, weights, tmp_path):
    settings = AppSettings(
        source={"part": "recording", "path": str(recording), "fast": True},
        voice_encoder={"part": "transformers", "model": str(emotion_folder(tmp_path)), "device": "cpu"},
    )
    said, report, app = await understood(settings, weights)
    assert app.reading.modalities == (Modality.TEXT, Modality.AUDIO)
    voice = said.heard.evidence[Modality.AUDIO]
    assert voice.reason == ""
    assert voice.features is not None
    assert voice.features.shape == (7,)
    assert voice.quality is not None
    assert voice.quality > 0.5
    assert Modality.VIDEO not in said.heard.evidence
    assert said.latency is not None
    assert said.latency.encode_s >= said.heard.transcript.latency.encode_s > 0
    steps = list(report.steps)
    order = ["segment", "speaker", "voice", "transcribe", "converse", "sense", "encode", "analyse", "publish"]
    assert steps == order
    assert report.steps["sense"].counters.processed > 0


async def test_who_asks_for_the_words_alone_gets_no_other_step(recording, weights):
    source = {"part": "recording", "path": str(recording), "fast": True}
    said, report, app = await understood(AppSettings(source=source, modalities="text"), weights)
    assert not said.heard.evidence
    assert not report.steps.keys() & {"voice", "sense"}
    assert app.reading.unread == {Modality.AUDIO: "not asked for", Modality.VIDEO: "there is no camera"}
