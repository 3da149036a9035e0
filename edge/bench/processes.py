"""What this process and all its descendants take from the machine, as Linux counts it."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.errors import UsageError

_PROC: Final = Path("/proc")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and all its descendants took.

    Attributes:
        cpu_s: Processor time in user and kernel mode since each began, seconds; that of descendants that have ended
            and were waited for is included.
        rss_bytes: Resident memory of those that live, added up; pages that they share are counted for each.
    """

    cpu_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    ticks: int
    pages: int


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
        family.append(processes[number])
        found += children[number]
    ticks, pages = sum(one.ticks for one in family), sum(one.pages for one in family)
    return Usage(ticks / _TICKS_PER_S, pages * _PAGE_BYTES)


def _processes() -> dict[int, _Process]:
    found = {}
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            words = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        # proc(5): after the name come state and parent; user, system, children's user and system time; later the RSS
        found[int(path.parent.name)] = _Process(int(words[1]), sum(map(int, words[11:15])), int(words[21]))
    return found
