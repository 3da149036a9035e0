"""Whether a GPU that is there can be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.devices.gpus import find_gpus, has_driver
from edge.doctor.check import Finding, ok, skipped, warning


@dataclass(frozen=True, slots=True)
class GpuCheck:
    """Looks for CUDA devices where NVIDIA's driver is."""

    name: ClassVar[str] = "gpu"
    limit_s: ClassVar[float] = 45.0

    async def look(self) -> Sequence[Finding]:
        """The GPUs, or why there are none."""
        if not has_driver():
            return [skipped("no GPU; the shipped parts need none")]
        section = await find_gpus()
        if section.problem:
            return [warning(section.problem, section.remedy)]
        return [ok(f"{gpu.name}, {gpu.free_mb} of {gpu.memory_mb} MiB free") for gpu in section.devices]
