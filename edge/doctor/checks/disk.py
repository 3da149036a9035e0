"""Whether there is room where something is written: what was compiled, fetched weights, and what is unpacked."""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from edge.devices.child import answer, ask
from edge.doctor.check import Finding, ok, warning
from realtime.recognition import weights

_LEAST_MB: Final = 500
_MIB: Final = 2**20


def places() -> dict[str, Path]:
    """Where something is written, by what it is."""
    return {"temporary files": Path(tempfile.gettempdir()), "fetched weights": weights.folder()}


@dataclass(frozen=True, slots=True)
class DiskCheck:
    """Looks at each place, in a process apart: a network disk that is gone hangs whoever asks."""

    name: ClassVar[str] = "disk"
    limit_s: ClassVar[float] = 15.0

    async def look(self) -> Sequence[Finding]:
        """What is short of room, and what may not be written."""
        where = places()
        said = await ask(__name__, *map(str, where.values()), limit_s=self.limit_s - 1.0)
        return judge(dict(zip(where, said, strict=True)))


def room(place: Path) -> dict[str, Any]:
    """The folder that exists, where `place` is or would be made; whether we may write there; and MiB that are free."""
    there = next(folder for folder in (place, *place.resolve().parents) if folder.exists())
    writable = os.access(there, os.W_OK | os.X_OK)
    return {"folder": str(there), "writable": writable, "free_mb": shutil.disk_usage(there).free // _MIB}


def judge(rooms: dict[str, dict[str, Any]]) -> Sequence[Finding]:
    """What is wrong with places, by what is written there."""
    findings = []
    for what, place in rooms.items():
        folder, free_mb = place["folder"], place["free_mb"]
        if not place["writable"]:
            findings.append(warning(f"{what} cannot be written to {folder}", f"sudo chown $USER {folder}"))
        elif free_mb < _LEAST_MB:
            findings.append(
                warning(f"only {free_mb} MiB are free for {what} in {folder}", f"du -xh {folder} | sort -h | tail")
            )
    least = min(place["free_mb"] for place in rooms.values())
    return findings or [ok(f"{least / 1024:.1f} GiB free")]


if __name__ == "__main__":
    answer(lambda: [room(Path(place)) for place in sys.argv[1:]])
