"""Voice and face are tried where they are asked for, and really."""

import pytest

from edge.doctor import sensing
from edge.doctor.check import State
from edge.doctor.checks.evidence import EvidenceCheck, judged
from edge.settings import AppSettings
from model import checkpoint
from model.modality import Modality
from realtime.parts import PartChoice
from tests.tiny_voices import emotion_folder


@pytest.mark.parametrize("given", [{"modalities": "text"}, {"modalities": "text,video"}, {"purpose": "workplace"}])
async def test_nothing_is_loaded_where_the_words_are_all(given):
    [finding] = await EvidenceCheck(AppSettings(**given)).look()
    assert (finding.state, finding.what) == (State.SKIPPED, "the words are all that is read")


def test_a_voice_is_read_where_the_network_can(tmp_path):
    voice = PartChoice(part="transformers", model=str(emotion_folder(tmp_path / "voice")), device="cpu")
    card = checkpoint.read_card(checkpoint.SHIPPED)
    for features, read in [({Modality.TEXT: 384, Modality.AUDIO: 7}, True), ({Modality.TEXT: 384}, False)]:
        settings = card.network_settings.model_copy(update={"features": features})
        able = card.model_copy(update={"network_settings": settings})
        (tmp_path / "card.json").write_text(able.model_dump_json(), encoding="utf-8")
        said = sensing.sense(tmp_path, voice, None)
        assert (said["audio"] is not None, said["video"]) == (read, None)


@pytest.mark.parametrize(
    "modality, took_ms, state, words",
    [
        (Modality.AUDIO, None, State.SKIPPED, "voices are not read: the network cannot"),
        (Modality.VIDEO, None, State.SKIPPED, "faces are not read: the network cannot"),
        (Modality.AUDIO, 21.0, State.OK, "a second of a voice is read in 21 ms"),
        (Modality.VIDEO, 3.0, State.OK, "a face is read in 3 ms"),
        (Modality.AUDIO, 800.0, State.WARNING, "takes 80% of a core"),
        (Modality.VIDEO, 80.0, State.WARNING, "takes 40% of a core"),
    ],
)
def test_what_takes_too_long_is_a_warning(modality, took_ms, state, words):
    finding = judged(modality, took_ms)
    assert finding.state is state
    assert words in finding.what
    assert bool(finding.remedy) == (state is State.WARNING)
