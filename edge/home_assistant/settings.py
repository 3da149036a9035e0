"""Settings of Home Assistant's discovery."""

from pydantic import Field, field_validator

from model.config import Config


class HomeAssistantSettings(Config):
    """Whether this node introduces itself to Home Assistant at the same broker."""

    enabled: bool = Field(
        default=False,
        description="Whether Home Assistant finds this node by itself; switched off, what it was told is taken back.",
    )
    prefix: str = Field(
        default="homeassistant",
        min_length=1,
        max_length=100,
        description="Where Home Assistant looks for devices: its own setting 'discovery prefix'.",
    )

    @field_validator("prefix")
    @classmethod
    def _is_part_of_a_topic(cls, prefix: str) -> str:
        if set(prefix) & set("+#\0") or "" in prefix.split("/"):
            raise ValueError("must be words joined by single '/', without + and #")
        return prefix
