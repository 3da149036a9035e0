"""Whether there is something to hear: the microphone of the settings, and with `--listen` a second of its sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from edge.devices.child import ask
from edge.devices.listing import Microphone, SoundServerSource
from edge.devices.microphones import find_microphones
from edge.devices.sound_server import find_sound_server
from edge.doctor import listening
from edge.doctor.check import Finding, ok, problem, skipped, warning
from edge.doctor.listening import Heard
from edge.settings import AppSettings

_AUTO = "auto"  # as the source `call` spells the monitor of the default output
_LISTENING_S = 20.0
_QUIET = 0.002
_LOUD_SHARE = 0.001
_OTHER = "undertone devices lists them; choose one: UNDERTONE_SOURCE__DEVICE=NUMBER"


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """Looks at the source of the settings.

    Attributes:
        settings: Those in force.
        listen: Whether a second may be listened to.
    """

    name: ClassVar[str] = "sound"
    limit_s: ClassVar[float] = 45.0

    settings: AppSettings
    listen: bool = False

    async def look(self) -> Sequence[Finding]:
        """Whether what is to be heard is there, and how a second of it sounds."""
        source = self.settings.source
        match source.part:
            case "microphone":
                return await self._microphone(source.own.get("device"))
            case "call":
                return await self._call(source.own)
            case "recording":
                return [_recording(source.own.get("path"))]
            case part:
                return [skipped(f"the source {part} needs no sound")]

    async def _microphone(self, device: int | str | None) -> Sequence[Finding]:
        section = await find_microphones()
        if not section.devices:
            return [problem(section.problem, section.remedy)]
        finding = choose(section.devices, device)
        if not self.listen:
            return [finding, skipped("nothing was listened to", "undertone doctor --listen listens for a second")]
        said = await ask(listening.__name__, self.settings.source.model_dump_json(), limit_s=_LISTENING_S)
        return [finding, *judge(Heard(**said))]

    async def _call(self, own: Mapping[str, Any]) -> Sequence[Finding]:
        """Both sides of a call: the microphone, and the monitor of what the sound card plays."""
        sources = (await find_sound_server()).devices
        remote = monitor(sources, str(own.get("remote", _AUTO)))
        if (here := own.get("local")) is None:
            return [*await self._microphone(own.get("device")), remote]
        return [named(sources, str(here)), remote]


def monitor(sources: Sequence[SoundServerSource], name: str) -> Finding:
    """What hears the other side of a call; `auto` is the monitor of the default output."""
    if name != _AUTO:
        return named(sources, name)
    usual = next((source for source in sources if source.monitor and source.default), None)
    if usual is None:
        return problem(
            "the sound server has no output whose sound could be heard", "Connect loudspeakers or headphones"
        )
    return ok(f"the other side: {usual.description or usual.name}")


def named(sources: Sequence[SoundServerSource], name: str) -> Finding:
    """A source of the sound server by its name."""
    found = next((source for source in sources if source.name == name), None)
    if found is None:
        there = ", ".join(source.name for source in sources) or "none"
        return problem(f"the sound server has no source {name}; there are: {there}", "undertone devices says the lines")
    return ok(f"{'the other side' if found.monitor else 'microphone'}: {found.description or found.name}")


def choose(microphones: Sequence[Microphone], device: int | str | None) -> Finding:
    """Which of the microphones the setting chooses, the way PortAudio understands it."""
    known = "; ".join(f"{each.number}: {each.name}" for each in microphones)
    if device is None:
        chosen = [each for each in microphones if each.default]
        what = "no microphone is the default one"
    elif isinstance(device, int):
        chosen = [each for each in microphones if each.number == device]
        what = f"there is no microphone {device}"
    else:
        words = device.lower().split()
        fitting = [each for each in microphones if all(word in each.name.lower() for word in words)]
        chosen = [each for each in fitting if each.name.lower() == device.lower()] or fitting
        what = f"{len(chosen) or 'no'} microphones are called {device!r}"
    if len(chosen) != 1:
        return problem(f"{what}; there are {known}", _OTHER)
    return ok(f"{chosen[0].name}: {chosen[0].channels} channels, {chosen[0].rate_hz} Hz")


def judge(heard: Heard) -> Sequence[Finding]:
    """How a second of sound was."""
    if heard.seconds < listening.LENGTH_S / 2:
        return [problem(f"in {listening.LENGTH_S:g} s came {heard.seconds:.2f} s of sound", _OTHER)]
    if heard.peak == 0.0:
        return [
            problem(
                "the microphone gives nothing but zeros: it is muted or unplugged",
                f"alsamixer, or pavucontrol; or {_OTHER}",
            )
        ]
    findings = []
    if heard.clipped_share > _LOUD_SHARE:
        findings.append(
            warning("the sound is cut off at its peaks", "Turn the microphone down: alsamixer, or pavucontrol")
        )
    if heard.peak < _QUIET:
        findings.append(
            warning(
                f"it is very quiet (peak {heard.peak:.4f} of 1)", "Turn the microphone up, or speak while this listens"
            )
        )
    return findings or [ok(f"a second of it sounds well (peak {heard.peak:.3f}, mean {heard.rms:.4f} of 1)")]


def _recording(path: object) -> Finding:
    file = Path(str(path))
    if path is None or not file.is_file():
        return problem(f"there is no recording {file}", "Name one: undertone run FILE")
    return ok(f"the recording {file.name}")
