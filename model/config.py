"""The base of every settings class: typed, immutable, unknown keys refused."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Settings of one part. Subclasses give each field a unit, a range and one line of meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
