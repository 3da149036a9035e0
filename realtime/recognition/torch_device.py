"""Where a recogniser, or another large network, computes with torch."""

import torch

from model.errors import SettingsError
from realtime.recognition.framing import Message


def prepare(settings: Message) -> torch.device:
    """The device of a recogniser's settings, and their number of threads set: for its process, which is its own.

    Raises:
        SettingsError: There is no such device.
    """
    if settings["threads"]:
        torch.set_num_threads(settings["threads"])
    return find_device(settings["device"], "transcriber.device")


def find_device(asked: str, setting: str) -> torch.device:
    """The device that a setting asks for: `auto`, `cpu`, `cuda` or `cuda:1`.

    Args:
        asked: What it says; `auto` is a GPU where there is one.
        setting: Its name, for people.

    Raises:
        SettingsError: There is no such device.
    """
    if asked == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(asked)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise SettingsError(
            f"device {asked}: torch {torch.__version__} finds {torch.cuda.device_count()} GPUs here",
            f"Set {setting}: auto, or see `undertone doctor`",
        )
    return device
