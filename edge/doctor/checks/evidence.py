"""Whether voice and face can be read, where the settings ask for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from edge.devices.child import ask
from edge.doctor.check import Finding, ok, skipped, warning
from edge.settings import AppSettings
from model.modality import Modality
from realtime.parts import PartChoice

_SENSING: Final = "edge.doctor.sensing"  # loads PyTorch, which only the child pays for
_MOST_OF_A_CORE: Final = 0.25
_FACES_PER_S: Final = 5


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """Loads the networks for voice and face in a process apart, and uses each once.

    Attributes:
        settings: Which ones, and whether anybody asks for them.
    """

    name: ClassVar[str] = "evidence"
    limit_s: ClassVar[float] = 60.0

    settings: AppSettings

    async def look(self) -> Sequence[Finding]:
        """Whether they can be read; what is missing is raised as it would be at a start."""
        asked = set(self.settings.modalities) - {Modality.TEXT}
        if self.settings.camera is None:
            asked.discard(Modality.VIDEO)
        if not asked:
            return [skipped("the words are all that is read")]
        network = self.settings.network.checkpoint
        words = (
            str(network or ""),
            _word(self.settings.voice_encoder, asked=Modality.AUDIO in asked),
            _word(self.settings.face_encoder, asked=Modality.VIDEO in asked),
        )
        said = await ask(_SENSING, *words, limit_s=self.limit_s - 5.0, environment={"OMP_NUM_THREADS": "1"})
        return [judged(modality, said[modality]) for modality in Modality if modality in asked]


def judged(modality: Modality, took_ms: float | None) -> Finding:
    """What it means that reading a second of a voice, or a face, took so long; None where the network reads none."""
    what = "a second of a voice" if modality is Modality.AUDIO else "a face"
    if took_ms is None:
        return skipped(f"{'voices' if modality is Modality.AUDIO else 'faces'} are not read: the network cannot")
    per_s = took_ms * (1 if modality is Modality.AUDIO else _FACES_PER_S)
    if per_s > 1e3 * _MOST_OF_A_CORE:
        return warning(
            f"{what} is read in {took_ms:.0f} ms, which takes {per_s / 1e3:.0%} of a core while people speak",
            "Leave the encoder's setting away to use the small one that is built in, or its device: cuda on a GPU",
        )
    return ok(f"{what} is read in {took_ms:.0f} ms")


def _word(choice: PartChoice | None, *, asked: bool) -> str:
    """A part as JSON, as the child takes it; nothing where it is not asked for."""
    if not asked:
        return ""
    return "null" if choice is None else choice.model_dump_json()
