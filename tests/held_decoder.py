"""A recogniser for tests of its process: it decodes while a file is there, and loads only if one is not."""

import time
from pathlib import Path

from model.errors import CheckpointError
from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.utterance_decoder import Stretch, VoidError

HOLD, DECODING, BROKEN, CRASH, GERMAN = "hold", "decoding", "broken", "crash", "german"


def load(settings):
    return HeldDecoder(Path(settings["path"]))


class HeldDecoder:
    """Says how long it has heard; its folder's files say how it behaves."""

    longest_s = 30.0

    def __init__(self, folder):
        if (folder / BROKEN).exists():
            raise CheckpointError("the weights are broken", "Mend them")
        self._folder = folder

    def decode(self, samples, is_void):
        if (self._folder / CRASH).exists():
            raise RuntimeError("out of memory")
        while (self._folder / HOLD).exists():
            (self._folder / DECODING).touch()
            if is_void():
                raise VoidError("void")
            time.sleep(0.005)
        language = "de" if (self._folder / GERMAN).exists() else None
        return Stretch(f"{samples.size / SAMPLE_RATE_HZ:g} seconds", mean_log_probability=-0.1, language=language)
