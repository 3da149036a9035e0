"""Whether we may open what listens and looks."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from edge.doctor.check import Finding, ok, skipped, warning

_KINDS = (("snd/pcmC*c", "sound cards", "audio"), ("video*", "cameras", "video"))


def _may_use(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True, slots=True)
class PermissionsCheck:
    """Looks at the devices themselves.

    Attributes:
        devices: The folder of devices.
        may_use: Whether we may open one.
    """

    name: ClassVar[str] = "permissions"
    limit_s: ClassVar[float] = 2.0

    devices: Path = Path("/dev")
    may_use: Callable[[Path], bool] = _may_use

    async def look(self) -> Sequence[Finding]:
        """The groups that we are not in and should be."""
        kinds = [
            (found, kind, group) for pattern, kind, group in _KINDS if (found := sorted(self.devices.glob(pattern)))
        ]
        if not kinds:
            return [skipped("no sound card and no camera of this machine's own; a sound server may still have some")]
        shut = [
            warning(
                f"the {kind} of this machine may not be opened: {', '.join(path.name for path in closed)}",
                f"sudo usermod -aG {group} $USER, then log in again",
            )
            for found, kind, group in kinds
            if (closed := [path for path in found if not self.may_use(path)])
        ]
        return shut or [ok(f"we may open the {' and '.join(kind for _, kind, _ in kinds)}")]
