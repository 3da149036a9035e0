"""Where a recogniser's process computes with torch. Its own process: what is set here is set for it alone."""

import torch

from model.errors import SettingsError
from realtime.recognition.framing import Message


def prepare(settings: Message) -> torch.device:
    """The device of the settings, and their number of threads set.

    Raises:
        SettingsError: There is no such device.
    """
    if settings["threads"]:
        torch.set_num_threads(settings["threads"])
    asked = settings["device"]
    if asked == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(asked)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise SettingsError(
            f"device {asked}: torch {torch.__version__} finds {torch.cuda.device_count()} GPUs here",
            "Set transcriber.device: auto, or see `undertone doctor`",
        )
    return device
