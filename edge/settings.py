"""Every setting of undertone: what it means, its unit, its range and its default.

The parts (source, camera, segmenter, transcriber, diarizer, …) are chosen by name and bring settings of their own;
they stand in the part's file. Where values come from is `edge.configuration`'s business.
"""

import platform
import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from edge.alerts.rule import AlertRules
from edge.brokers import embedded
from edge.control.settings import MuteSettings
from edge.monitoring.settings import MonitoringSettings
from edge.mqtt.address import parse_address
from edge.mqtt.client import MqttVersion
from edge.publishers import mqtt
from edge.purpose import Purpose, allowed, refuse_camera, refuse_unlawful
from edge.storage.settings import StorageSettings
from model.baseline import BaselineSettings
from model.config import Config, listed
from model.errors import SettingsError
from model.modality import Modality
from realtime.parts import PartChoice
from realtime.voice_gates import VoiceGates

PART_PACKAGES = {
    "source": "edge.sources",
    "segmenter": "realtime.segmenters",
    "diarizer": "realtime.diarizers",
    "transcriber": "realtime.transcribers",
    "camera": "edge.cameras",
    "face_detector": "realtime.face_detectors",
    "voice_encoder": "realtime.voice_encoders",
    "face_encoder": "realtime.face_encoders",
}
"""For each setting that chooses a part, the package whose files are its choices."""

EMBEDDED = "embedded"
"""The broker that runs inside the process."""

LANGUAGE = "en"
"""The one language that the shipped network understands, ISO 639-1."""

SpeakerName = Annotated[str, Field(min_length=1, max_length=64)]
"""A speaker's id, as payloads name it."""

_CHOSEN, _ALWAYS_THERE, _COMPACT = "auto", "pocketsphinx", "compact"
_ID = r"^[a-z0-9-]{1,36}$"


def host_name() -> str:
    """This machine's name, spelt so that it may stand in a topic."""
    return re.sub(r"[^a-z0-9]+", "-", platform.node().lower()).strip("-")[:36] or "node"


def _unless_named(part: str) -> BeforeValidator:
    """Takes `{endpoint_s: 0.5}` for `{part: silero, endpoint_s: 0.5}`: the default part, otherwise set."""
    return BeforeValidator(lambda given: {"part": part, **given} if isinstance(given, dict) else given)


def _all_there_is(given: dict[str, Any]) -> tuple[Modality, ...]:
    """What emotions are read from where nobody said: what the purpose allows and what is there."""
    there = (Modality.TEXT, Modality.AUDIO, *([Modality.VIDEO] if given["camera"] else []))
    return tuple(modality for modality in there if modality in allowed(given["purpose"]))


class NetworkSettings(Config):
    """The network that reads the conversation."""

    checkpoint: Path | None = Field(
        default=None, description="Folder with the network's weights; null takes the shipped ones."
    )


class ConversationSettings(Config):
    """When a conversation is over."""

    idle_end_s: float = Field(
        default=60.0, ge=5.0, le=86_400.0, description="Silence after which a conversation is over, seconds."
    )


class EvidenceSettings(Config):
    """When voice and face are good enough to be read, and what people are like at rest."""

    voice: VoiceGates = Field(default=VoiceGates(), description="Below which measures a voice is not read.")
    baseline: BaselineSettings = Field(
        default=BaselineSettings(), description="How it is learned what somebody is like at rest, which is subtracted."
    )


class PublisherSettings(mqtt.Delivery):
    """Where results are published, and how."""

    broker: str = Field(
        default=EMBEDDED,
        description="embedded for the broker inside the process, or where another is: mqtt://host:port, mqtts://host:port.",
    )

    @field_validator("broker")
    @classmethod
    def _is_an_address(cls, broker: str) -> str:
        if broker != EMBEDDED:
            parse_address(broker)
        return broker

    @model_validator(mode="after")
    def _is_spoken_there(self) -> Self:
        if self.broker == EMBEDDED and self.protocol is not MqttVersion.V3_1_1:
            raise SettingsError(
                f"publisher.protocol {self.protocol}: the broker inside the process speaks 3.1.1 only",
                "Set protocol: 3.1.1, or publisher.broker to another broker: mqtt://127.0.0.1:1883",
            )
        return self


class AppSettings(Config):
    """All settings of one undertone process."""

    site: str = Field(
        default="home", pattern=_ID, description="The place, second word of every topic after undertone/v1."
    )
    node: str = Field(default_factory=host_name, pattern=_ID, description="This process's name; one per site.")
    purpose: Purpose = Field(
        default=Purpose.PERSONAL, description="What people are listened to for; published with every conversation."
    )
    notice: str = Field(
        default="", max_length=500, description="How people were told; published with every conversation."
    )
    language: str = Field(
        default=LANGUAGE, description="What is spoken, ISO 639-1; the shipped parts understand en only."
    )
    source: Annotated[PartChoice, _unless_named("microphone")] = Field(
        default=PartChoice(part="microphone"), description="Where sound comes from."
    )
    segmenter: Annotated[PartChoice, _unless_named("silero")] = Field(
        default=PartChoice(part="silero"), description="What finds the stretches of speech."
    )
    diarizer: Annotated[PartChoice, _unless_named(_CHOSEN)] = Field(
        default=PartChoice(part=_CHOSEN),
        description="What tells who spoke; auto goes by the channel where speakers are named, else by voice.",
    )
    transcriber: Annotated[PartChoice, _unless_named(_CHOSEN)] = Field(
        default=PartChoice(part=_CHOSEN),
        description="What turns speech into words; auto takes the best that is here and keeps up (`undertone models`).",
    )
    camera: Annotated[PartChoice | None, _unless_named("webcam")] = Field(
        default=None, description="Where pictures come from; null for none. No picture is kept, and none is published."
    )
    face_detector: Annotated[PartChoice | None, _unless_named("cascade")] = Field(
        default=None, description="What finds faces in the pictures; null for `cascade`, which needs no file."
    )
    modalities: Annotated[tuple[Modality, ...], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=_all_there_is,
        description="What emotions are read from, where the network can. Left away: the words and the voice, and the "
        "face where there is a camera; the words alone for workplace and education.",
    )
    voice_encoder: Annotated[PartChoice | None, _unless_named(_COMPACT)] = Field(
        default=None, description="What reads voices; null for `compact`, which comes with undertone."
    )
    face_encoder: Annotated[PartChoice | None, _unless_named(_COMPACT)] = Field(
        default=None, description="What reads faces; null for `compact`, which comes with undertone."
    )
    evidence: EvidenceSettings = Field(
        default=EvidenceSettings(), description="When voice and face are good enough to be read."
    )
    network: NetworkSettings = Field(
        default=NetworkSettings(), description="What turns words into emotions and causes."
    )
    conversation: ConversationSettings = Field(
        default=ConversationSettings(), description="When a conversation is over."
    )
    opt_out: Annotated[tuple[SpeakerName, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        max_length=256,
        description="Speaker ids (of channels, enrolled voices, captions) of whom nothing is read and nothing "
        "published; unknown for whoever nobody could be named for.",
    )
    alerts: AlertRules = Field(
        default=(),
        description="When to draw attention to how people feel; docs/messages.md has what a rule consists of.",
    )
    mute: MuteSettings = Field(
        default=MuteSettings(), description="When not to listen because the machine itself speaks."
    )
    publisher: PublisherSettings = Field(
        default=PublisherSettings(), description="Where results are published, and how."
    )
    storage: StorageSettings = Field(
        default_factory=StorageSettings, description="What is kept on disk, where and for how long."
    )
    monitoring: MonitoringSettings = Field(
        default=MonitoringSettings(), description="How to see how the node is doing: figures and health checks."
    )
    broker: embedded.Settings = Field(
        default=embedded.Settings(), description="The broker inside the process, where publisher.broker is embedded."
    )

    @field_validator("modalities")
    @classmethod
    def _each_once(cls, modalities: tuple[Modality, ...]) -> tuple[Modality, ...]:
        return tuple(modality for modality in Modality if modality in modalities)

    @model_validator(mode="after")
    def _lawful_and_possible(self) -> Self:
        refuse_unlawful(self.purpose, self.modalities)
        if self.camera is not None:
            refuse_camera(self.purpose)
        if Modality.TEXT not in self.modalities:
            asked = ", ".join(self.modalities)
            raise SettingsError(
                f"modalities [{asked}]: the words are always read, beside them voice and face",
                f"Set modalities: [{', '.join((Modality.TEXT, *self.modalities))}]",
            )
        if self.language != LANGUAGE:
            raise SettingsError(
                f"language '{self.language}': the shipped network understands English only",
                f"Set language: {LANGUAGE}",
            )
        return self

    def repeatable(self) -> Self:
        """The same, hearing the same everywhere: where what is on the machine would decide, pocketsphinx recognises."""
        if self.transcriber.part != _CHOSEN:
            return self
        own = {name: value for name, value in self.transcriber.own.items() if name != "keep_up"}
        return self.model_copy(update={"transcriber": PartChoice.model_validate({"part": _ALWAYS_THERE, **own})})

    def words_alone(self) -> Self:
        """The same, reading neither voice nor face: a speech synthesiser's voice expresses nothing."""
        return self.model_copy(update={"modalities": (Modality.TEXT,)})

    def unstored(self) -> Self:
        """The same, keeping nothing on disk: for what is over when the program is."""
        return self.stored_in(None)

    def stored_in(self, folder: Path | None) -> Self:
        """The same, keeping what waits for the broker in another folder, or in memory; nothing is taken up from it."""
        return self.model_copy(update={"storage": self.storage.model_copy(update={"folder": folder, "resume": False})})
