"""What this process and all its descendants take from the machine, as Linux counts it."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.errors import UsageError

_PROC: Final = Path("/proc")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and all its descendants took.

    Attributes:
        cpu_s: Processor time in user and kernel mode since each began, seconds; that of descendants that have ended
            and were waited for is included.
        memory_bytes: Resident memory of those that live; a page that several share counts for each in part (PSS), so
            that a fork costs what it changes.
    """

    cpu_s: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    ticks: int


def usage(pid: int | None = None) -> Usage:
    """What a process, by default this one, and all its descendants took so far.

    Raises:
        UsageError: This is not Linux.
    """
    processes = _processes()
    if not processes:
        raise UsageError("processor time and memory of processes are read from /proc, which is not here", "Use Linux")
    children = defaultdict(list)
    for number, process in processes.items():
        children[process.parent].append(number)
    family, found = [], [os.getpid() if pid is None else pid]
    while found:
        number = found.pop()
        family.append(number)
        found += children[number]
    ticks = sum(processes[number].ticks for number in family)
    return Usage(ticks / _TICKS_PER_S, sum(map(_memory_bytes, family)))


def threads_cpu_s() -> dict[int, float]:
    """Processor time in user and kernel mode of each thread of this process, seconds, by the system's number."""
    return {int(path.parent.name): _own_ticks(path) / _TICKS_PER_S for path in (_PROC / "self" / "task").glob("*/stat")}


def _own_ticks(path: Path) -> int:
    try:
        return sum(map(int, _words(path)[11:13]))
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended meanwhile


def _words(path: Path) -> list[str]:
    """What a stat file says after the name, as proc(5) numbers it less 3."""
    return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _processes() -> dict[int, _Process]:
    found = {}
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            words = _words(path)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        found[int(path.parent.name)] = _Process(int(words[1]), sum(map(int, words[11:15])))
    return found


def _memory_bytes(number: int) -> int:
    try:
        lines = (_PROC / str(number) / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended meanwhile
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
