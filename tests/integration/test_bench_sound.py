"""The measurements with sound, in their shortest form: what they count, never how fast it went."""

import pytest

from edge.bench.film import make_film
from edge.bench.looped import Sound, sound_of
from edge.bench.room import measure_room
from edge.bench.soak import Soak, as_table
from edge.bench.sound_crowd import SoundCrowd
from edge.settings import AppSettings
from model import checkpoint
from realtime.clock import SystemClock
from realtime.events import SAMPLE_RATE_HZ
from realtime.parts import PartChoice

LASTS_S = 9.0


@pytest.mark.slow
async def test_two_conversations_of_sound_are_heard_and_understood():
    weights = checkpoint.load(checkpoint.SHIPPED)
    crowd = SoundCrowd(AppSettings().repeatable(), weights, sound_of(None), SystemClock(), 0.003)
    try:
        report = await crowd.talk(2, LASTS_S)
    finally:
        await crowd.close()
    assert len(report.lags_ms) >= 2
    assert report.lost == 0


@pytest.mark.slow
async def test_a_short_soak_counts_out_what_went_in():
    told = []
    samples = []

    async def ready(info):
        told.append(info.channels)

    result = await Soak(AppSettings().repeatable(), sound_of(None), LASTS_S).run(
        ready, lambda so_far: samples.append(so_far.memory_mib)
    )
    assert told == [4]
    assert result.ended == "complete"
    assert result.counts.heard >= 2
    assert result.counts.balanced, result.counts
    assert result.lag_slope is None
    assert result.as_json()["counts"]["received"]["cause"] == result.counts.heard
    assert samples[0] > 100
    assert as_table(result).row_count == 8


async def test_a_room_is_heard_and_looked_at(tmp_path):
    film = tmp_path / "room.mkv"
    make_film(film, Sound("demo", sound_of(None).samples[:, : round(LASTS_S * SAMPLE_RATE_HZ)]), None)
    settings = AppSettings(
        source=PartChoice(part="recording", path=str(film)), camera=PartChoice(part="recording")
    ).repeatable()

    async def ready(_info):
        pass

    result = await measure_room(settings, ready)
    assert result.utterances >= 2
    assert result.pictures + result.pictures_dropped >= 5 * LASTS_S - 5
    assert result.cpu_s > 0.0
    assert {"event loop", "networks", "faces", "descendants"} <= set(result.cpu_shares)
    assert {"segment", "transcribe", "face", "analyse", "publish"} <= set(result.busy)
