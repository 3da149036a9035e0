"""Whether the recogniser of the settings has its library and its weights, and whether there would be a better one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from edge.devices.child import ask
from edge.doctor.check import Finding, ok, warning
from realtime.parts import PartChoice

_TRANSCRIBER = "edge.doctor.transcriber"


@dataclass(frozen=True, slots=True)
class RecogniserCheck:
    """Makes the recogniser, in a process apart, without starting it.

    Attributes:
        choice: The transcriber of the settings.
    """

    name: ClassVar[str] = "recogniser"
    limit_s: ClassVar[float] = 45.0

    choice: PartChoice

    async def look(self) -> Sequence[Finding]:
        """Whether it could be made; what it misses is raised as it would be at a start."""
        said = await ask(_TRANSCRIBER, self.choice.model_dump_json(), limit_s=self.limit_s - 5.0)
        return judge(self.choice.part, said)


def judge(part: str, said: dict[str, Any]) -> Sequence[Finding]:
    """What the child's answer means.

    Args:
        part: The transcriber.
        said: `candidates` that will be tried before pocketsphinx, the best first; `refused`, why others will not be;
            and the line that would get a `better` one, empty where none is known. Of `auto` alone; else empty.
    """
    if not said:
        return [ok(f"{part}: library and weights are there")]
    refused = [warning(f"{reason}", "Do so, or remove its weights: undertone models") for reason in said["refused"]]
    if said["candidates"]:
        tried = ", ".join(said["candidates"])
        return [ok(f"{part} tries {tried}, takes the first that keeps up, and otherwise pocketsphinx"), *refused]
    better = [warning("pocketsphinx is small: of a real voice it gets many words wrong", said["better"])]
    return [ok(f"{part} takes pocketsphinx"), *refused, *(better if said["better"] else [])]
