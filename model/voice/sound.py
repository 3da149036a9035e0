"""The form of sound that everything here reads."""

from typing import Final

SAMPLE_RATE_HZ: Final = 16_000
"""Every sound inside undertone has this rate; sources resample to it."""
