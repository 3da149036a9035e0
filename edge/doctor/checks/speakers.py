"""Whether people can be told apart by voice, where the settings ask for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from edge.devices.child import ask
from edge.doctor.check import Finding, ok, skipped
from realtime.parts import PartChoice

_VOICES: Final = "edge.doctor.voices"  # loads PyTorch, which only the child pays for
_BY_VOICE: Final = frozenset({"voices", "auto"})


@dataclass(frozen=True, slots=True)
class SpeakersCheck:
    """Loads the network that compares voices, and the enrolled ones, in a process apart.

    Attributes:
        choice: The diarizer of the settings.
    """

    name: ClassVar[str] = "speakers"
    limit_s: ClassVar[float] = 45.0

    choice: PartChoice

    async def look(self) -> Sequence[Finding]:
        """Whether they can be told apart; what is missing is raised as it would be at a start."""
        if self.choice.part not in _BY_VOICE:
            return [skipped(f"the diarizer {self.choice.part} compares no voices")]
        said = await ask(_VOICES, limit_s=self.limit_s - 5.0, environment={"OMP_NUM_THREADS": "1"})
        enrolled = said["enrolled"]
        known = f"{enrolled} {'person is' if enrolled == 1 else 'people are'} enrolled"
        return [ok(f"a second of a voice is compared in {said['took_ms']:.0f} ms; {known}")]
