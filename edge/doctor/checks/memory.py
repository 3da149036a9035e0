"""Whether there are memory and cores enough."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from edge.doctor.check import Finding, ok, problem, warning

_CORES: Final = 2
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class MemoryCheck:
    """Looks at what this machine, or the container we are in, has left.

    Attributes:
        needed_mb: Memory that the settings need, MiB.
        cores: How many this process may use; None asks the system.
        proc: Where Linux tells about memory and load.
        group: Where it tells about the limits of a container.
    """

    name: ClassVar[str] = "memory"
    limit_s: ClassVar[float] = 2.0

    needed_mb: int
    cores: int | None = None
    proc: Path = Path("/proc")
    group: Path = Path("/sys/fs/cgroup")

    async def look(self) -> Sequence[Finding]:
        """What is short."""
        cores, free_mb, load = self._cores(), self._free_mb(), self._load()
        findings = []
        if free_mb is not None and free_mb < self.needed_mb:
            findings.append(
                problem(
                    f"{free_mb} MiB of memory are free, these settings need about {self.needed_mb}",
                    "Close other programs, or choose less: UNDERTONE_TRANSCRIBER__PART=pocketsphinx",
                )
            )
        if cores < _CORES:
            findings.append(
                warning(
                    "one core: recognising and understanding wait for each other",
                    "UNDERTONE_TRANSCRIBER__PASSES=first asks less of pocketsphinx; two cores are better",
                )
            )
        if load is not None and load > cores:
            findings.append(
                warning(
                    f"the machine is busy: {load:g} programs want {cores:g} core{'s' * (cores != 1)}",
                    "top shows which; results come late while they run",
                )
            )
        had = "memory unknown" if free_mb is None else f"{free_mb} MiB of memory free"
        return findings or [ok(f"{had}, {cores:g} cores")]

    def _cores(self) -> float:
        """Cores that we may use, a container's share among them."""
        cores = float(len(os.sched_getaffinity(0)) if self.cores is None else self.cores)
        quota, _, period = self._limit("cpu.max").partition(" ")
        return min(cores, int(quota) / int(period)) if quota.isdigit() else cores

    def _free_mb(self) -> int | None:
        """Memory that can still be had, MiB; None where the system does not tell."""
        free = [line.split()[1] for line in _lines(self.proc / "meminfo") if line.startswith("MemAvailable:")]
        return min([*(int(each) // 1024 for each in free), *self._held_back_mb()], default=None)

    def _held_back_mb(self) -> list[int]:
        """What a container's limit leaves, MiB, where there is one; pages of files are given up when need be."""
        most, used = self._limit("memory.max"), self._limit("memory.current")
        if not (most.isdigit() and used.isdigit()):
            return []
        pages = [line.split()[1] for line in _lines(self.group / "memory.stat") if line.startswith("inactive_file ")]
        return [(int(most) - int(used) + sum(map(int, pages))) // _MIB]

    def _load(self) -> float | None:
        """Programs that wanted to run in the last minute, on average."""
        lines = _lines(self.proc / "loadavg")
        return float(lines[0].split()[0]) if lines else None

    def _limit(self, name: str) -> str:
        return next(iter(_lines(self.group / name)), "").strip()


def _lines(file: Path) -> list[str]:
    """What a file of the kernel says; nothing where it is not there."""
    try:
        return file.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
