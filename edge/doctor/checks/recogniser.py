"""Whether the recogniser of the settings has its library and its weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.devices.child import ask
from edge.doctor.check import Finding, ok
from realtime.parts import PartChoice

_TRANSCRIBER = "edge.doctor.transcriber"


@dataclass(frozen=True, slots=True)
class RecogniserCheck:
    """Makes the recogniser, in a process apart, without starting it.

    Attributes:
        choice: The transcriber of the settings.
    """

    name: ClassVar[str] = "recogniser"
    limit_s: ClassVar[float] = 25.0

    choice: PartChoice

    async def look(self) -> Sequence[Finding]:
        """Whether it could be made; what it misses is raised as it would be at a start."""
        said: str = await ask(_TRANSCRIBER, self.choice.model_dump_json(), limit_s=self.limit_s - 5.0)
        return [ok(f"{self.choice.part}: {said}")]
