"""Where a picture belongs on the media clock."""

from pydantic import Field

from model.config import Config
from realtime.media_clock import MediaClock


class PlacingSettings(Config):
    """How far a camera's pictures lie beside the sound."""

    offset_s: float = Field(
        default=0.0,
        ge=-2.0,
        le=2.0,
        description="How much later than the sound its pictures come, seconds; `undertone sync FILE` measures it.",
    )


class Placing:
    """Places pictures by the moment at which they were taken, each later than the one before.

    Where the sound turns out to be less far than it seemed, media time goes back a little; pictures do not.

    Args:
        media_clock: Maps moments onto media time.
        offset_s: How much later than the sound the pictures come, seconds.
    """

    def __init__(self, media_clock: MediaClock, offset_s: float) -> None:
        self._media_clock = media_clock
        self._offset_s = offset_s
        self._newest_s = -1.0

    def time_s(self, taken_at: float) -> float | None:
        """Media time of a picture; None where it has no place: before the first sound, or not after the one before.

        Args:
            taken_at: When it was taken, seconds of the monotonic clock.
        """
        time_s = self._media_clock.time_s(taken_at - self._offset_s)
        if time_s is None or time_s < 0 or time_s <= self._newest_s:
            return None
        self._newest_s = time_s
        return time_s
