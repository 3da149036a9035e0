"""How patiently a device that was lost is tried again, whatever it is."""

from pydantic import Field

from model.config import Config


class RetrySettings(Config):
    """The pauses between tries: they double and jitter."""

    first_retry_s: float = Field(
        default=0.5,
        gt=0.0,
        le=60.0,
        description="Wait before trying a lost device again, in seconds; doubles each time.",
    )
    last_retry_s: float = Field(
        default=30.0, gt=0.0, le=600.0, description="Longest wait between two such tries, in seconds."
    )
