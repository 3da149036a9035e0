"""The microphones that PortAudio knows. As a program it lists them: drivers hang, and talk on the standard error."""

from typing import Any

from edge.devices.child import answer, ask
from edge.devices.listing import Microphone, Section
from edge.sound.portaudio import load_portaudio

_LIMIT_S = 15.0
_NONE = "PortAudio finds no input device"


def list_microphones(library: Any) -> list[Microphone]:  # noqa: ANN401 - sounddevice has no types
    """All input devices.

    Args:
        library: The module `sounddevice`, from `load_portaudio`.
    """
    default = library.default.device[0]
    return [
        Microphone(
            name=str(device["name"]),
            setting=f"UNDERTONE_SOURCE__DEVICE={device['index']}",
            number=int(device["index"]),
            channels=int(device["max_input_channels"]),
            rate_hz=round(device["default_samplerate"]),
            default=device["index"] == default,
        )
        for device in library.query_devices()
        if device["max_input_channels"] > 0
    ]


async def find_microphones(limit_s: float = _LIMIT_S) -> Section[Microphone]:
    """All input devices, found in a process apart.

    Raises:
        UsageError: PortAudio is not installed, hangs or crashes.
    """
    found = [Microphone.model_validate(each) for each in await ask(__name__, limit_s=limit_s)]
    if not found:
        return Section(
            problem=_NONE, remedy="Connect one; for a sound server, as root: apt-get install libasound2-plugins"
        )
    return Section(devices=tuple(found))


if __name__ == "__main__":
    answer(lambda: [each.model_dump() for each in list_microphones(load_portaudio())])
