"""The measurements with sound, in their shortest form: what they count, never how fast it went."""

from edge.bench.looped import sound_of
from edge.bench.soak import Soak, as_table
from edge.bench.sound_crowd import SoundCrowd
from edge.settings import AppSettings
from model import checkpoint
from realtime.clock import SystemClock

LASTS_S = 9.0


async def test_two_conversations_of_sound_are_heard_and_understood():
    weights = checkpoint.load(checkpoint.SHIPPED)
    crowd = SoundCrowd(AppSettings(), weights, sound_of(None), SystemClock(), 0.003)
    try:
        report = await crowd.talk(2, LASTS_S)
    finally:
        await crowd.close()
    assert len(report.lags_ms) >= 2
    assert report.lost == 0


async def test_a_short_soak_counts_out_what_went_in():
    told = []
    samples = []

    async def ready(info):
        told.append(info.channels)

    result = await Soak(AppSettings(), sound_of(None), LASTS_S).run(
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
