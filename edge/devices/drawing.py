"""The devices for people: a table per kind, each row with the line that chooses the device."""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.devices.listing import Camera, Device, Gpu, Listing, Microphone, Section, SoundServerSource
from edge.watch.style import printable

D = TypeVar("D", bound=Device)

_NAME: Final = 60


def draw(listing: Listing, mark: str) -> RenderableType:
    """All tables.

    Args:
        listing: What was found.
        mark: What stands before a device that is taken when nothing is set.
    """
    return Group(
        *_section("Microphones", listing.microphones, _microphone, mark),
        *_section("Sound server", listing.sound_server, _source, mark),
        *_section("Cameras", listing.cameras, _camera, mark),
        *_section("GPUs", listing.gpus, _gpu, mark),
        Text(f"{mark} is taken when nothing is set", style="dim"),
    )


def _section(
    title: str, section: Section[D], row: Callable[[D], tuple[str, str, str]], mark: str
) -> Iterator[RenderableType]:
    """A title, a table of the devices where there are any, and what is wrong."""
    yield Text(title, style="bold")
    if section.devices:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        for ratio in (2, 2, 3):
            table.add_column(ratio=ratio, overflow="fold")
        for device in section.devices:
            name, about, setting = row(device)
            first = mark if getattr(device, "default", False) else ""
            table.add_row(first, printable(name, _NAME), printable(about), Text(printable(setting), style="cyan"))
        yield table
    if section.problem:
        yield Text(f"  {printable(section.problem)}", style="yellow" if section.remedy else "dim")
    if section.remedy:
        yield Text(f"  {printable(section.remedy)}", style="cyan")
    yield Text()


def _microphone(device: Microphone) -> tuple[str, str, str]:
    return f"{device.number}: {device.name}", _sound(device.channels, device.rate_hz), device.setting


def _source(device: SoundServerSource) -> tuple[str, str, str]:
    kind = "what is played" if device.monitor else "microphone"
    return device.description or device.name, f"{kind}, {_sound(device.channels, device.rate_hz)}", device.setting


def _sound(channels: int, rate_hz: int) -> str:
    return f"{channels} channel{'s' if channels != 1 else ''}, {rate_hz} Hz"


def _camera(device: Camera) -> tuple[str, str, str]:
    about = [
        device.path,
        f"{device.width} x {device.height}" if device.width else "",
        "gives no pictures" if device.captures is False else "",
        "free" if device.captures and not device.busy else "",
        device.problem,
    ]
    chosen = device.remedy or (device.setting if device.captures else "")
    return device.name, ", ".join(filter(None, about)), chosen


def _gpu(device: Gpu) -> tuple[str, str, str]:
    memory = f"{device.memory_mb / 1024:.0f} GiB, {device.free_mb / 1024:.0f} free"
    return f"{device.number}: {device.name}", memory, device.setting
