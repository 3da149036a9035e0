"""The diarizer `channel`: one person per channel, so that the channel is the speaker."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from model.config import Config, listed
from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from realtime.events import Speaker, SpeakerKind, SpeechEnded


class Settings(Config):
    """Who speaks on which channel."""

    speakers: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        default=(),
        max_length=64,
        description="One name per channel; empty takes the source's names. Who is not named is unknown.",
    )


def create(settings: Settings, speakers: tuple[str, ...] = ()) -> "ChannelDiarizer":
    """The diarizer for these settings; `speakers` are the source's names, used where the settings give none.

    Raises:
        SettingsError: A name is empty, or two channels have the same one.
    """
    names = settings.speakers or speakers
    if "" in names or len(set(names)) < len(names):
        raise SettingsError(
            f"diarizer.speakers must be different names, not {', '.join(names)!r}",
            "Give each channel a name of its own",
        )
    return ChannelDiarizer(names)


class ChannelDiarizer:
    """Names the speaker after the channel; certain, since each person has one.

    Args:
        names: One per channel. A channel that nobody is named for is a mix of people: its speaker is unknown.
    """

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self._names = names

    def identify(self, channel: int, ended: SpeechEnded, samples: NDArray[np.float32]) -> Speaker:  # noqa: ARG002 - the channel says it all
        """The speaker of this channel."""
        if channel >= len(self._names):
            return Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)
        return Speaker(self._names[channel], SpeakerKind.CHANNEL, 1.0)

    def forget(self) -> None:
        """Channels keep their people from one conversation to the next."""
