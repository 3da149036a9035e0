"""Telling sound that is late from sound that is lost, by comparing samples with the monotonic clock."""

_TOLERANCE_S = 0.1
_PATIENCE_S = 1.0
_PATIENCE_AFTER_OVERRUN_S = 0.2
_CLOCK_ERROR = 5e-4  # by which a sound card's clock may be slow; real ones stay below 1e-4


class LossWatch:
    """How many seconds of sound are missing in what a device delivered.

    Blocks arrive late whenever the machine is busy, but then catch up; lost sound never does. So sound counts as lost
    when blocks have been later than the least late ones before by more than 0.1 s, for a whole second. After an overrun
    that the driver reported, 0.2 s without catching up are enough. A sound card that runs slow is followed.
    """

    def __init__(self) -> None:
        self._media_s = 0.0
        self._zero_at: float | None = None
        self._late_since: float | None = None
        self._least_late_s = 0.0
        self._overrun_s = 0.0  # least loss that an overrun announced and that was not yet told

    def late_s(self, at: float) -> float:
        """How far what was delivered lies behind the monotonic clock at this moment."""
        return 0.0 if self._zero_at is None else at - self._zero_at - self._media_s

    def told(self, lost_s: float) -> None:
        """The media clock went on across lost sound."""
        self._media_s += lost_s
        self._late_since, self._overrun_s = None, 0.0

    def observe(self, length_s: float, arrived_at: float, *, overrun: bool) -> float:
        """Take a block into account: seconds lost that should now be told (and passed to `told`), usually 0."""
        self._media_s += length_s
        if self._zero_at is None:
            self._zero_at = arrived_at - self._media_s
        late_s = self.late_s(arrived_at)
        if overrun:
            self._overrun_s += length_s
        if not self._overrun_s and late_s <= _TOLERANCE_S:
            self._zero_at += min(late_s, length_s * _CLOCK_ERROR)
            self._late_since = None
            return 0.0
        if self._late_since is None:
            self._late_since, self._least_late_s = arrived_at, late_s
        self._least_late_s = min(self._least_late_s, late_s)
        patience_s = _PATIENCE_AFTER_OVERRUN_S if self._overrun_s else _PATIENCE_S
        if arrived_at - self._late_since < patience_s:
            return 0.0
        return max(self._least_late_s, self._overrun_s)
