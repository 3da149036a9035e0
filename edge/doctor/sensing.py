"""The networks for voice and face are used once. As a program it is done apart: libraries load for seconds."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge.devices.child import answer
from edge.sensing import ENCODER
from edge.settings import PART_PACKAGES
from model import checkpoint
from model.evidence import EVIDENCE_WIDTH
from model.modality import Modality
from realtime.events import SAMPLE_RATE_HZ
from realtime.parts import PartChoice, load_part
from realtime.protocols import FaceEncoder, VoiceEncoder

_FACE_SIDE = 48  # pixels, as `FaceEncoder` reads them


def sense(network: Path | None, voice: PartChoice | None, face: PartChoice | None) -> dict[str, Any]:
    """Milliseconds for a second of a voice and for a face; None for what the network does not read, or nobody asked.

    Args:
        network: Folder of the network; None for the shipped one.
        voice: The voice encoder; None where voices are not read.
        face: The face encoder; None likewise.

    Raises:
        UsageError: Weights or a library are missing or damaged.
    """
    torch.set_num_threads(1)
    read = checkpoint.read_card(network or checkpoint.SHIPPED).network_settings.modalities
    return {
        "audio": _hearing_ms(voice) if voice and Modality.AUDIO in read else None,
        "video": _seeing_ms(face) if face and Modality.VIDEO in read else None,
    }


def _hearing_ms(choice: PartChoice) -> float:
    encoder: VoiceEncoder = load_part(PART_PACKAGES["voice_encoder"], choice)
    encoder.open()
    noise = np.random.default_rng(0).normal(0.0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)

    def hear() -> None:
        course = encoder.begin(0.0)
        course.push(noise)
        if course.between(0.0, 1.0).logits.shape != (EVIDENCE_WIDTH,):
            raise RuntimeError(f"the voice encoder {choice.part} does not speak in {EVIDENCE_WIDTH} numbers")

    return _second_ms(hear)


def _seeing_ms(choice: PartChoice) -> float:
    encoder: FaceEncoder = load_part(PART_PACKAGES["face_encoder"], choice)
    encoder.open()
    faces = np.random.default_rng(0).integers(0, 256, (1, _FACE_SIDE, _FACE_SIDE), np.uint8)
    return _second_ms(lambda: encoder.read(faces))


def _second_ms(work: Callable[[], object]) -> float:
    """How long the second time takes: the first one compiles."""
    work()
    started = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - started)


def _choice(given: str) -> PartChoice | None:
    """A part from JSON; nothing for an empty word, the default for `null`."""
    if not given:
        return None
    return ENCODER if given == "null" else PartChoice.model_validate_json(given)


if __name__ == "__main__":
    _network, _voice, _face = sys.argv[1:]
    answer(lambda: sense(Path(_network) if _network else None, _choice(_voice), _choice(_face)))
