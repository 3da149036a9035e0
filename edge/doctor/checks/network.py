"""Whether the network and its text encoder are whole, and the step is compiled for this processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from edge.devices.child import ask
from edge.doctor.check import Finding, ok, warning

_READING: Final = "edge.doctor.reading"  # loads PyTorch, which only the child pays for


@dataclass(frozen=True, slots=True)
class Read:
    """How reading went.

    Attributes:
        name: The checkpoint's folder.
        sha256: Of its weights.
        encode_ms: The text encoder, for the second utterance, milliseconds.
        step_ms: The network, for the second utterance, milliseconds.
        kept_at: Where the compiled step is kept; None where nothing can be kept.
        was_kept: Whether it was there already.
    """

    name: str
    sha256: str
    encode_ms: float
    step_ms: float
    kept_at: str | None
    was_kept: bool


@dataclass(frozen=True, slots=True)
class NetworkCheck:
    """Loads the network and lets it read two utterances.

    Attributes:
        checkpoint: Its folder; None for the shipped one.
    """

    name: ClassVar[str] = "network"
    limit_s: ClassVar[float] = 95.0

    checkpoint: Path | None = None

    async def look(self) -> Sequence[Finding]:
        """Whether weights and encoder fit, and how the step does."""
        words = () if self.checkpoint is None else (str(self.checkpoint),)
        said = await ask(_READING, *words, limit_s=self.limit_s - 5.0, environment={"OMP_NUM_THREADS": "1"})
        return judge(Read(**said))


def judge(read: Read) -> Sequence[Finding]:
    """What the reading shows."""
    weights = ok(f"{read.name} {read.sha256[:12]}: weights whole, encoder the one it was trained with")
    step = f"an utterance is encoded in {read.encode_ms:.0f} ms, understood in {read.step_ms:.1f} ms"
    if read.kept_at is None:
        return [
            weights,
            warning(
                f"{step}; the step is compiled anew at every start", "NUMBA_CACHE_DIR=/var/tmp/undertone undertone run"
            ),
        ]
    if not read.was_kept:
        return [weights, ok(f"{step}; the step was compiled for this processor just now, and is kept")]
    return [weights, ok(step)]
