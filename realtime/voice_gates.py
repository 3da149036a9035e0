"""When what was heard of a voice is good enough to be evidence, and what stands in the way where it is not."""

from typing import Final

import numpy as np
from pydantic import Field

from model.config import Config
from realtime.voice_reading import VoiceReading

BROKEN: Final = "the sound, or what the voice encoder says of it, is no number"

_FULL_SPOKEN_S: Final = 2.0
_FULL_SNR_DB: Final = 20.0
_FULL_VOICED_SHARE: Final = 0.5
_CLEAR: Final = 2.0  # times the least level over the background: a whisper is that clear, hissing noise is not


class VoiceGates(Config):
    """Below which measures a voice is not read.

    Acted speech of two languages measures, all but one clip in a hundred: level from -52 dB, over the background from
    11 dB, voiced for half of it or more. With as much noise as voice it is 3 dB; whispers are voiced for a fifth.
    """

    least_spoken_s: float = Field(
        default=0.5, ge=0.1, le=10.0, description="Shorter speech says nothing of how it was said, seconds."
    )
    least_level_db: float = Field(
        default=-60.0, ge=-100.0, le=0.0, description="Quieter speech drowns in the microphone, dB below full scale."
    )
    most_clipped_share: float = Field(
        default=0.01, gt=0.0, le=1.0, description="A larger share of samples at full scale is a broken sound, 0 to 1."
    )
    least_snr_db: float = Field(
        default=6.0, ge=0.0, le=60.0, description="Speech so little louder than its background is hidden in it, dB."
    )
    least_voiced_share: float = Field(
        default=0.25,
        ge=0.0,
        le=1.0,
        description="Speech of which less is voiced is a whisper or noise, 0 to 1.",
    )
    loud_db: float = Field(
        default=-30.0,
        ge=-100.0,
        le=0.0,
        description="What is hardly voiced and louder than this is called noise, not a whisper; dB below full scale.",
    )

    def obstacle(self, reading: VoiceReading) -> str:
        """Why a voice is not read, in plain words; empty where it is."""
        if not np.isfinite([*reading.logits, reading.level_db, reading.snr_db]).all():
            return BROKEN
        if reading.spoken_s < self.least_spoken_s:
            return f"too short: {reading.spoken_s:.1f} s of audible speech, {self.least_spoken_s:g} s are needed"
        if reading.level_db < self.least_level_db:
            return f"too quiet: {reading.level_db:.0f} dB, {self.least_level_db:.0f} dB are needed"
        if reading.clipped_share > self.most_clipped_share:
            return f"the sound is clipped: {reading.clipped_share:.0%} of it is at full scale"
        if reading.snr_db < self.least_snr_db:
            return f"noise or music: the voice is only {max(0.0, reading.snr_db):.0f} dB above its background"
        if reading.voiced_share < self.least_voiced_share:
            quiet_and_clear = reading.level_db <= self.loud_db and reading.snr_db >= _CLEAR * self.least_snr_db
            return "a whisper: hardly any of it is voiced" if quiet_and_clear else "noise: hardly any of it is voiced"
        return ""

    def quality(self, reading: VoiceReading) -> float:
        """How good the sound of a voice was, 0 to 1.

        The length of speech as a share of 2 s, times its level over the background as a share of 20 dB, times its
        voiced share as a share of a half, times what clipping leaves of its limit; more than enough of one makes up
        for nothing of another.
        """
        if reading.spoken_s <= 0 or not np.isfinite(reading.snr_db):
            return 0.0
        length = min(1.0, reading.spoken_s / _FULL_SPOKEN_S)
        clear = min(1.0, max(0.0, reading.snr_db) / _FULL_SNR_DB)
        voiced = min(1.0, reading.voiced_share / _FULL_VOICED_SHARE)
        whole = max(0.0, 1.0 - reading.clipped_share / self.most_clipped_share)
        return length * clear * voiced * whole
