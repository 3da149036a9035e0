"""What PulseAudio and PipeWire have to listen to: microphones, and the monitors that give what the machine plays."""

import json
import re
from collections.abc import Sequence
from typing import Any

from edge.devices.child import run
from edge.devices.listing import Section, SoundServerSource
from model.errors import PartMissingError, SourceError

_LIMIT_S = 6.0
_PACTL = ("pactl", "-f", "json")
_SPECIFICATION = re.compile(r"(\d+)ch (\d+)Hz")
_INSTALL = "As root: apt-get install pulseaudio-utils (it speaks to PipeWire, too)"


async def find_sound_server(limit_s: float = _LIMIT_S, pactl: Sequence[str] = _PACTL) -> Section[SoundServerSource]:
    """The sources of the running sound server.

    Args:
        limit_s: How long it may take to answer, seconds.
        pactl: The program, and what makes it say JSON.

    Raises:
        UsageError: There is no pactl, it is too old, or no server answers.
    """
    sources = await _say(pactl, "list", "sources", limit_s=limit_s)
    about = await _say(pactl, "info", limit_s=limit_s)
    return Section(devices=tuple(list_sources(sources, about)))


def list_sources(sources: Sequence[Any], about: dict[str, Any]) -> list[SoundServerSource]:
    """Sources as `pactl` says them, monitors last.

    Args:
        sources: What `pactl -f json list sources` says.
        about: What `pactl -f json info` says.
    """
    found = [_source(source, about) for source in sources]
    return sorted(found, key=lambda source: source.monitor)


def _source(source: dict[str, Any], about: dict[str, Any]) -> SoundServerSource:
    name = str(source["name"])
    monitor = source.get("properties", {}).get("device.class") == "monitor" or name.endswith(".monitor")
    specification = _SPECIFICATION.search(str(source.get("sample_specification", "")))
    channels, rate_hz = specification.groups() if specification else (0, 0)
    usual = f"{about.get('default_sink_name')}.monitor" if monitor else about.get("default_source_name")
    return SoundServerSource(
        name=name,
        setting=_setting(name, monitor=monitor),
        description=str(source.get("description", "")),
        monitor=monitor,
        channels=int(channels),
        rate_hz=int(rate_hz),
        default=name == usual,
    )


def _setting(name: str, *, monitor: bool) -> str:
    """The line that listens to it: a monitor beside the microphone, as a call; a microphone alone."""
    if monitor:
        return f"UNDERTONE_SOURCE__PART=call UNDERTONE_SOURCE__REMOTE={name}"
    return f"PULSE_SOURCE={name} undertone run"


async def _say(pactl: Sequence[str], *words: str, limit_s: float) -> Any:  # noqa: ANN401 - JSON
    try:
        code, said, complaints = await run(*pactl, *words, limit_s=limit_s, environment={"LC_ALL": "C.UTF-8"})
    except FileNotFoundError as error:
        raise PartMissingError("the program pactl, which asks the sound server, is not there", _INSTALL) from error
    if "invalid option" in complaints:
        raise PartMissingError("pactl is too old to say JSON (it can from version 16 on)", _INSTALL)
    if code:
        raise SourceError("no sound server answers", "Start one: systemctl --user start pipewire-pulse, or pulseaudio")
    try:
        return json.loads(said)
    except ValueError as error:
        raise SourceError(f"pactl says no JSON: {error}", _INSTALL) from error
