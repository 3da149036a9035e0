"""How much memory the process holds while one conversation goes on."""

import gc
import resource
from dataclasses import dataclass
from pathlib import Path

from edge.bench.incremental.timing import Watch
from edge.bench.incremental.ways import Script, Talks
from realtime.incremental.engine import IncrementalEngine

_PAGES = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Held:
    """Resident memory after N utterances, in MiB; None where the system does not tell."""

    n: int
    rss_mb: float | None


def memory_over(
    engine: IncrementalEngine, script: Script, sizes: tuple[int, ...], warm_up: int, watch: Watch
) -> list[Held]:
    """Let one conversation grow, and look at the memory at each size.

    Args:
        engine: Who reads.
        script: Whose utterances arrive.
        sizes: When to look.
        warm_up: Utterances of another conversation before it, so that everything that is allocated once has been.
        watch: Is told how far it is.
    """
    before = Talks(engine, script)
    for _ in before.read(warm_up):
        pass
    before.close()
    talk, held = Talks(engine, script), []
    for arrived, _ in enumerate(talk.read(max(sizes)), start=1):
        watch("memory of one conversation", arrived, max(sizes))
        if arrived in sizes:
            gc.collect()
            held.append(Held(arrived, resident_mb()))
    talk.close()
    return held


def resident_mb() -> float | None:
    """Resident memory of this process in MiB; None where the system does not tell."""
    if not _PAGES.exists():
        return None
    return round(int(_PAGES.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20, 1)
