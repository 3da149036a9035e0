"""The GPUs that PyTorch can compute on. As a program it lists them: loading CUDA takes seconds, and may hang."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.devices.child import answer, ask
from edge.devices.listing import Gpu, Section

_LIMIT_S = 40.0
_DRIVERS = tuple(map(Path, ("/proc/driver/nvidia/version", "/dev/nvhost-gpu", "/dev/dxg", "/dev/kfd")))
_MIB = 2**20


def list_gpus(torch: Any) -> list[Gpu]:  # noqa: ANN401 - a test has another in its place
    """All CUDA devices of the module `torch`."""
    return [_gpu(torch.cuda, number) for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)]


async def find_gpus(limit_s: float = _LIMIT_S) -> Section[Gpu]:
    """All CUDA devices, found in a process apart; where there is no driver, none is started.

    Raises:
        UsageError: CUDA hangs or crashes.
    """
    if not has_driver():
        return Section(problem="no GPU; undertone computes on the CPU, which is enough for the shipped parts")
    return judge(await ask(__name__, limit_s=limit_s))


def judge(found: Mapping[str, Any]) -> Section[Gpu]:
    """The devices, or why there are none.

    Args:
        found: `gpus`, PyTorch's `version`, and the version of `cuda` that it was built for or None.
    """
    gpus = tuple(Gpu.model_validate(each) for each in found["gpus"])
    if gpus:
        return Section(devices=gpus)
    if found["cuda"] is None:
        return Section(
            problem="there is a GPU, but the PyTorch installed computes on the CPU alone",
            remedy=f"pip install --force-reinstall torch=={found['version'].partition('+')[0]}",
        )
    return Section(
        problem=f"PyTorch with CUDA {found['cuda']} finds no GPU, though a driver is there",
        remedy="nvidia-smi says whether driver and GPU are well; the driver must not be older than that CUDA",
    )


def has_driver(drivers: Sequence[Path] = _DRIVERS) -> bool:
    """Whether the driver of a GPU is there (NVIDIA's, Jetson's, Windows', AMD's); without it there is none."""
    return any(driver.exists() for driver in drivers)


def _gpu(cuda: Any, number: int) -> Gpu:  # noqa: ANN401 - torch.cuda, or what a test has in its place
    free, total = cuda.mem_get_info(number)
    return Gpu(
        name=cuda.get_device_name(number),
        setting=f"CUDA_VISIBLE_DEVICES={number}",
        number=number,
        memory_mb=total // _MIB,
        free_mb=free // _MIB,
    )


def _look() -> dict[str, Any]:
    import torch  # noqa: PLC0415 - seconds, and only the child pays them

    return {
        "gpus": [each.model_dump() for each in list_gpus(torch)],
        "cuda": torch.version.cuda or torch.version.hip,
        "version": torch.__version__,
    }


if __name__ == "__main__":
    answer(_look)
