"""Whether the clocks can be trusted: results carry the wall time, and stages are timed by the monotonic one."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from edge.devices.child import run
from edge.doctor.check import Finding, ok, problem, warning
from model.errors import SourceError

_EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)  # undertone is not older
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_WATCHED_S: Final = 0.5
_STEP_S: Final = 0.5  # less may be our own waiting for the processor between the two clocks
_ASKED_S: Final = 2.0
_SYNCHRONISE: Final = "sudo timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """Watches both clocks for half a second, and asks the system whether it keeps its time.

    Attributes:
        wall_s: Seconds since 1970.
        monotonic_s: Seconds since some fixed moment.
        timedatectl: The program that says whether the time is synchronised, and the question.
    """

    name: ClassVar[str] = "clock"
    limit_s: ClassVar[float] = 5.0

    wall_s: Callable[[], float] = time.time
    monotonic_s: Callable[[], float] = time.monotonic
    timedatectl: Sequence[str] = ("timedatectl", "show", "--property=NTPSynchronized", "--value")

    async def look(self) -> Sequence[Finding]:
        """What is wrong with the clocks."""
        before = self.wall_s() - self.monotonic_s()
        await asyncio.sleep(_WATCHED_S)
        step_s = self.wall_s() - self.monotonic_s() - before
        now = datetime.fromtimestamp(self.wall_s(), UTC)
        if not _EARLIEST <= now < _LATEST:
            return [problem(f"the clock says {now:%Y-%m-%d %H:%M}, which cannot be", _SYNCHRONISE)]
        if abs(step_s) > _STEP_S:
            stepped = f"the wall clock was just set by {step_s:+.2f} s; the times of results jump with it"
            return [warning(stepped, "Let it settle, and look again; set it by NTP: " + _SYNCHRONISE)]
        return [await self._synchronised(now)]

    async def _synchronised(self, now: datetime) -> Finding:
        try:
            code, said, _ = await run(*self.timedatectl, limit_s=_ASKED_S)
        except (FileNotFoundError, SourceError):
            code, said = 1, ""
        time_of_day = f"it is {now:%Y-%m-%d %H:%M:%S} UTC"
        if code == 0 and said.strip() == "no":
            return warning(f"{time_of_day}, but nothing keeps the clock right", _SYNCHRONISE)
        if code == 0 and said.strip() == "yes":
            return ok(f"{time_of_day}, kept by NTP")
        return ok(f"{time_of_day}; whether it is kept by NTP, this system does not say")
