"""What is read beside the words: by purpose, by wish, by what is there, and by what the network knows."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from edge.configuration import read_configuration
from edge.effective import as_yaml, effective_settings
from edge.purpose import Purpose, duty
from edge.sensing import Sensing, what_is_read
from edge.settings import AppSettings
from model.errors import SettingsError
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from realtime.faces.sighting import Sighting
from tests.conversation_events import heard
from tests.fakes import ManualClock

TEXT, AUDIO, VIDEO = Modality
CAMERA = {"part": "webcam"}
ALL = (TEXT, AUDIO, VIDEO)
SENSITIVE = MTML(Settings(features={TEXT: 5, AUDIO: 7, VIDEO: 7}, width=8, round_width=4, heads=2, layers=1))


@pytest.mark.parametrize(
    "given, modalities",
    [
        ({}, (TEXT, AUDIO)),
        ({"camera": CAMERA}, ALL),
        ({"purpose": "workplace"}, (TEXT,)),
        ({"purpose": "education"}, (TEXT,)),
        ({"purpose": "customer-service", "camera": CAMERA}, ALL),
        ({"modalities": "text"}, (TEXT,)),
        ({"modalities": ["video", "text"], "camera": CAMERA}, (TEXT, VIDEO)),
    ],
)
def test_left_away_it_is_all_that_is_allowed_and_there(given, modalities):
    assert AppSettings(**given).modalities == modalities


def test_what_the_command_line_gives_counts_for_what_is_left_away(tmp_path):
    file = tmp_path / "house.yaml"
    file.write_text("site: kitchen\n")
    assert read_configuration(str(file)).settings.modalities == (TEXT, AUDIO)
    assert read_configuration(str(file), {"camera": CAMERA}).settings.modalities == ALL
    assert read_configuration(str(file), {"modalities": "text"}).settings.modalities == (TEXT,)
    file.write_text("purpose: workplace\n")
    assert read_configuration(str(file)).settings.modalities == (TEXT,)
    with pytest.raises(SettingsError, match=r"Article 5\(1\)\(f\)"):
        read_configuration(str(file), {"modalities": "text,audio"})


def test_the_environment_decides_too(monkeypatch):
    monkeypatch.setenv("UNDERTONE_PURPOSE", "education")
    assert read_configuration().settings.modalities == (TEXT,)
    monkeypatch.setenv("UNDERTONE_PURPOSE", "personal")
    monkeypatch.setenv("UNDERTONE_MODALITIES", "text")
    assert read_configuration().settings.modalities == (TEXT,)


def test_config_prints_what_it_comes_to():
    assert "modalities: [text, audio]" in list(as_yaml(effective_settings(read_configuration())))
    assert "modalities: [text]  # from meeting.yaml" in list(as_yaml(effective_settings(read_configuration("meeting"))))


@pytest.mark.parametrize(
    "given, network, words, unread",
    [
        ({"camera": CAMERA}, ALL, False, {}),
        ({}, ALL, False, {VIDEO: "there is no camera"}),
        ({}, (TEXT,), False, {AUDIO: "the network reads words only", VIDEO: "there is no camera"}),
        ({"camera": CAMERA}, (TEXT, AUDIO), False, {VIDEO: "the network does not read it"}),
        ({}, ALL, True, {AUDIO: "captions have no sound", VIDEO: "there is no camera"}),
        ({"modalities": "text"}, ALL, False, {AUDIO: "not asked for", VIDEO: "there is no camera"}),
        ({"modalities": "text", "camera": CAMERA}, ALL, False, {AUDIO: "not asked for", VIDEO: "not asked for"}),
        ({"purpose": "workplace"}, ALL, False, {AUDIO: "not asked for", VIDEO: "there is no camera"}),
    ],
)
def test_what_is_not_read_has_a_reason(given, network, words, unread):
    reading = what_is_read(AppSettings(**given), network, words=words)
    assert reading.unread == unread
    assert reading.modalities == tuple(modality for modality in ALL if modality not in unread)


@pytest.mark.parametrize(
    "given, network, steps",
    [
        ({"modalities": "text"}, ALL, []),
        ({}, (TEXT,), []),
        ({}, ALL, ["voice", "sense"]),
        ({"camera": CAMERA, "modalities": "text,video"}, ALL, ["sense"]),
        ({"camera": CAMERA}, ALL, ["voice", "sense"]),
    ],
)
def test_nothing_is_made_for_what_is_not_read(given, network, steps):
    settings = AppSettings(**given)
    sensing = Sensing(settings, what_is_read(settings, network, words=False), SENSITIVE, ManualClock())
    assert [*sensing.listening(), *sensing.judging()] == steps
    sensing.close()
    sensing.close()


async def test_who_is_like_the_network_expects_has_nothing_subtracted():
    usual = np.linspace(-1, 1, 7, dtype=np.float32)
    network = MTML(Settings(features={TEXT: 5, VIDEO: 7}, width=8, round_width=4, heads=2, layers=1))
    network.projections["video"].expect(torch.from_numpy(usual), torch.ones(7))
    settings = AppSettings(camera=CAMERA)
    sensing = Sensing(settings, what_is_read(settings, [TEXT, VIDEO], words=False), network, ManualClock())
    stage = sensing.judging()["sense"]
    sighting = Sighting(10, 1.9, 0.95, 120.0, 0.3, 1, 7, "", logits=usual)
    for index in range(100):
        [said] = await stage.process(replace(heard(index), sighting=sighting))
    assert said.evidence[VIDEO].features == pytest.approx(usual, abs=1e-6)
    sensing.close()


def test_the_words_are_always_read():
    with pytest.raises(SettingsError, match=r"Set modalities: \[text, video\]"):
        AppSettings(modalities="video")


def test_who_is_read_by_voice_or_face_must_be_told():
    assert duty([TEXT]) is None
    assert "words, voice and face" in duty(ALL)
    assert "Article 50(3)" in duty([TEXT, AUDIO])


@pytest.mark.parametrize("purpose", [Purpose.WORKPLACE, Purpose.EDUCATION])
def test_words_alone_is_lawful_everywhere(purpose):
    assert AppSettings(purpose=purpose).words_alone().modalities == (TEXT,)
