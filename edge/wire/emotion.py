"""How somebody feels, read from one utterance."""

from typing import Final, Literal

from pydantic import Field

from edge.wire.envelope import EventEnvelope, Wire
from edge.wire.node import ModelReference
from edge.wire.speaker import Speaker
from edge.wire.topics import Identifier
from model.analysis import Status

AFFECT_SOURCE: Final = "Russell & Mehrabian 1977, doi:10.1016/0092-6566(77)90037-X"


class EmotionEstimate(Wire):
    """An emotion with its probability."""

    label: str = Field(description="The most probable emotion.")
    probabilities: dict[str, float] = Field(description="Of every label; they sum to 1 but for rounding.")
    confidence: float = Field(ge=0, le=1, description="Probability of `label`.")
    calibrated: bool = Field(description="Whether the probabilities were calibrated on held-out conversations.")


class Affect(Wire):
    """A place on the affect plane, expected from published coordinates of the labels. Nothing was measured."""

    valence: float = Field(ge=-1, le=1, description="Displeasure (-1) to pleasure (1).")
    arousal: float = Field(ge=-1, le=1, description="Sleep (-1) to frenzy (1).")
    derived: Literal[True] = Field(default=True, description="Always: computed from the probabilities.")
    source: str = Field(default=AFFECT_SOURCE, description="Where the labels' coordinates were published.")


class FaceView(Wire):
    """What a camera saw of one face while the utterance was spoken: of the one that speaks, or of the largest."""

    seen: bool = Field(description="Whether there was a face.")
    seen_s: float = Field(ge=0, description="For how long, seconds.")
    seen_share: float = Field(ge=0, le=1, description="For which share of the utterance.")
    width_px: float | None = Field(ge=0, description="Median width of the face, pixels; null where none was seen.")
    sharpness: float | None = Field(
        ge=0, description="Median sharpness: about 0.4 for a sharp face, 0.03 for a blurred one; null likewise."
    )
    faces: int = Field(ge=0, description="The most faces in view at once.")


class ModalityUse(Wire):
    """What one modality contributed."""

    used: bool = Field(description="Whether it was read.")
    quality: float | None = Field(
        ge=0,
        le=1,
        description="How good it was, 0 to 1; null where nothing was measured. Of text, the mean word confidence. Of "
        "audio, the length of speech as a share of 2 s, times its level over the background as a share of 20 dB, times "
        "its voiced share as a share of a half, each at most 1, times what clipping leaves of its limit. Of video, the "
        "share of the time that the face was seen, times its width as a share of 96 pixels, times its sharpness as a "
        "share of 0.1, each at most 1, times, where its expression is looked at, how far it looks this way.",
    )
    reason: str = Field(description="Why it was not used, or may mean little; empty otherwise.")
    face: FaceView | None = Field(
        default=None,
        exclude_if=lambda face: face is None,
        description="Of video, and only where there is a camera: how a face was seen.",
    )


class LatencyMs(Wire):
    """Where the time went between the last sample of speech and this message; milliseconds."""

    endpoint: float = Field(ge=0, description="Until it was clear that the utterance had ended.")
    transcribe: float = Field(ge=0, description="Recognition left to do after that.")
    encode: float = Field(ge=0, description="Words, voice and face to features.")
    analyse: float = Field(ge=0, description="Features to emotions and causes.")
    queue: float = Field(ge=0, description="Waiting between these.")
    total: float = Field(ge=0, description="All of it.")


class Emotion(EventEnvelope):
    """How the speaker of one utterance feels; said anew with every revision."""

    schema_id: Literal["undertone.emotion/1"] = Field(default="undertone.emotion/1", alias="schema")
    utterance: Identifier = Field(description="The utterance.")
    index: int = Field(ge=0, description="Its position in the conversation, from 0.")
    speaker: Speaker = Field(description="Who spoke.")
    revision: int = Field(ge=1, description="Grows from 1 with every change.")
    status: Status = Field(description="provisional, revised, or final: the last word, exactly once.")
    emotion: EmotionEstimate = Field(description="The emotion.")
    affect: Affect | None = Field(description="Where that lies on the affect plane; null for labels without place.")
    modalities: dict[str, ModalityUse] = Field(description="By text, audio and video: what was read.")
    model: ModelReference = Field(description="The network that says so.")
    latency_ms: LatencyMs | None = Field(description="Where the time went; null when an earlier utterance is revised.")
