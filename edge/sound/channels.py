"""Which channels of a recording or device become which channels of the pipeline, and who speaks on them."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from model.config import Config, listed
from model.errors import SourceError

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class ChannelSettings(Config):
    """Who speaks where. With neither setting, several channels are mixed to one and the speaker is unknown."""

    speakers: Annotated[tuple[Name, ...], BeforeValidator(listed)] = Field(
        default=(),
        description="Who speaks on each channel, in the channels' order; a single name is given to the mix of all.",
    )
    split: bool = Field(
        default=False,
        description="Keep the channels apart although nobody is named: each is one person, speaker-1, speaker-2, ….",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len(set(self.speakers)) != len(self.speakers):
            raise ValueError("two channels have the same speaker; every channel needs a name of its own")
        return self

    def names(self, channels: int, owner: str) -> tuple[str, ...]:
        """One name per channel of the pipeline, empty where the one channel is a mix of unknown people.

        Args:
            channels: How many channels the recording or device has.
            owner: What has them, for the message.

        Raises:
            SourceError: As many names as channels are needed, and there are more or fewer.
        """
        if len(self.speakers) > 1 and len(self.speakers) != channels:
            plural = "s" if channels > 1 else ""
            raise SourceError(
                f"{owner} has {channels} channel{plural}, but {len(self.speakers)} speakers are named",
                "Name one speaker per channel, or none to mix the channels",
            )
        if self.speakers or not self.split:
            return self.speakers
        return tuple(f"speaker-{number}" for number in range(1, channels + 1))


def arrange(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """(C, T) samples as they are where all `channels` are kept, else their mean as (1, T)."""
    return samples if samples.shape[0] == channels else samples.mean(axis=0, keepdims=True, dtype=np.float32)
