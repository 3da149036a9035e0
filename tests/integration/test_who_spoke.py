"""Who spoke, by voice alone, in recordings: the demo mixed to one channel, a scene, and real meetings."""

import asyncio
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from edge.demo.script import RECORDING_PATH, read_spoken_script
from edge.speakers.listening import Voices, listen
from edge.speakers.measure import measure, said_turns
from edge.spoken.listening import write_wav
from realtime.diarizers import voices
from realtime.model_thread import ModelThread
from realtime.voices.people import VoiceSettings


@pytest.fixture(autouse=True)
def nobody_enrolled_and_one_thread(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def heard(path: Path) -> Voices:
    async def hear(thread: ModelThread) -> Voices:
        diarizer = voices.create(voices.Settings(), (), thread)
        await diarizer.open()
        return await listen(path, diarizer, thread)

    torch.set_num_threads(1)
    with closing(ModelThread("test")) as thread:
        return asyncio.run(hear(thread))


def test_every_line_of_the_demo_mixed_to_one_channel_is_by_its_speaker_but_two_at_most():
    said = said_turns(heard(RECORDING_PATH), VoiceSettings())
    pairs: Counter[tuple[str, str]] = Counter()
    for spoken in read_spoken_script():
        middle_s = (spoken.start_s + spoken.end_s) / 2
        pairs.update((turn.speaker, spoken.line.speaker) for turn in said if turn.start_s <= middle_s < turn.end_s)
    names, people = ({pair[side] for pair in pairs} for side in (0, 1))
    shared = np.array([[pairs[name, person] for person in sorted(people)] for name in sorted(names)])
    rows, columns = linear_sum_assignment(shared, maximize=True)
    assert shared[rows, columns].sum() >= len(read_spoken_script()) - 2
    assert len(names - {"unknown"}) == len(people)


def sounds_of_no_voice():
    """Twenty seconds each of hiss, hum and a melody in chords, (T,) in [-1, 1]."""
    random = np.random.default_rng(0)
    time_s = np.arange(320_000) / 16_000
    hum = sum(np.sin(2 * np.pi * 50 * k * time_s) / k for k in range(1, 20))
    beat_s = time_s[:8_000]
    chords = [
        sum(np.sin(2 * np.pi * root * third * n * beat_s) / n for third in (1.0, 1.25, 1.5) for n in range(1, 8))
        * np.exp(-4 * beat_s)
        for root in random.choice([220, 262, 294, 330, 392, 440], 40)
    ]
    return {"hiss": 0.2 * random.normal(size=320_000), "hum": hum / 4, "music": np.concatenate(chords) / 10}


@pytest.mark.parametrize("name", ["hiss", "hum", "music"])
def test_what_is_no_voice_is_nobody_s(name, tmp_path):
    write_wav((np.clip(sounds_of_no_voice()[name], -1, 1) * 32_767).astype(np.int16)[None], tmp_path / "noise.wav")
    said = said_turns(heard(tmp_path / "noise.wav"), VoiceSettings())
    assert {turn.speaker for turn in said} <= {"unknown"}


@pytest.mark.shared
def test_a_scene_of_two_has_two_speakers(shared_data):
    said = said_turns(heard(shared_data / "speech" / "endgame_nagg_nell.flac"), VoiceSettings())
    assert {turn.speaker for turn in said} - {"unknown"} == {"s1", "s2"}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.timeout(400)
def test_in_real_meetings_it_is_better_than_one_speaker_for_all(shared_data, capsys):
    result = measure(shared_data / "speech" / "ami")
    with capsys.disabled():
        sys.stdout.write(
            f"\nami: error {result.error.rate:.3f}, confusion {result.error.confusion:.3f}; one speaker for all "
            f"{result.one_speaker.rate:.3f}, confusion {result.one_speaker.confusion:.3f}; "
            f"the segmenter alone {result.segmenter.rate:.3f}\n"
        )
    assert result.error.rate < result.segmenter.rate - 0.09
    assert result.error.rate < result.one_speaker.rate - 0.06
