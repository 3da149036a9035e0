"""Where a figure was measured: figures without their machine and versions say nothing."""

import os
import platform
from importlib import metadata
from pathlib import Path

import torch
from pydantic import Field

from model.config import Config

_CPU_INFO = Path("/proc/cpuinfo")
_PACKAGES = ("undertone", "torch", "torch-geometric", "transformers", "numpy")


class Machine(Config):
    """The machine and the versions a figure was measured with."""

    platform: str = Field(description="Operating system and architecture.")
    processor: str = Field(description="Name of the processor, as far as the system tells it.")
    cores: int = Field(ge=1, description="Logical cores this process may use.")
    threads: int = Field(ge=1, description="Threads PyTorch computes with.")
    python: str = Field(description="Version of Python.")
    packages: dict[str, str] = Field(description="Versions of the packages that compute; absent ones are left out.")


def this_machine() -> Machine:
    """The machine and versions of this process."""
    return Machine(
        platform=platform.platform(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        python=platform.python_version(),
        packages={name: version for name in _PACKAGES if (version := _version(name))},
    )


def _processor() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
