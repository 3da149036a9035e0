"""Settings of what others may ask a running node for."""

from pydantic import Field, field_validator

from edge.wire.command import LONGEST_MUTE_S
from model.config import Config

_LONGEST_TOPIC = 200


class MuteSettings(Config):
    """When not to listen, although people may speak: the machine itself speaks."""

    ignore_while_topic: str | None = Field(
        default=None,
        max_length=_LONGEST_TOPIC,
        description="MQTT topic that says whether the machine speaks (true, on, speaking, …; false, off, idle, …); "
        "nothing is heard while it does; null for none.",
    )
    longest_s: float = Field(
        default=60.0,
        gt=0.0,
        le=LONGEST_MUTE_S,
        description="Listen again although that topic has not said so, after so many seconds.",
    )
    tail_s: float = Field(
        default=0.3, ge=0.0, le=10.0, description="How long the room echoes after the machine has spoken, seconds."
    )

    @field_validator("ignore_while_topic")
    @classmethod
    def _one_topic(cls, topic: str | None) -> str | None:
        if topic is not None and (not topic or set(topic) & set("+#\0")):
            raise ValueError(f"{topic!r} is not one topic; it must not be empty nor hold + or #")
        return topic
