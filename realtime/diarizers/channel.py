"""The diarizer `channel`: one person per channel, so that the channel is the speaker."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from model.config import Config, listed
from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from realtime.activity import Speaking
from realtime.events import Event, Identified, Speaker, SpeakerKind, SpeakerTurn, SpeechEnded, VoiceHeard
from realtime.model_thread import ModelThread


class Settings(Config):
    """Who speaks on which channel."""

    speakers: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        default=(),
        max_length=64,
        description="One name per channel; empty takes the source's names. Who is not named is unknown.",
    )


def create(
    settings: Settings,
    speakers: tuple[str, ...],
    thread: ModelThread,  # noqa: ARG001 - nothing is computed
) -> "ChannelDiarizer":
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

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        """The event; before the end of a segment, where it was heard. Who begins or stops to speak has a name."""
        if isinstance(event, Speaking):
            return (replace(event, speaker=self._speaker(event.channel)),)
        return (located(event), event) if isinstance(event, SpeechEnded) else (event,)

    def people(self) -> "ChannelDiarizer":
        """The same as ever: channels keep their people from one conversation to the next."""
        return self

    def forget(self, speakers: Collection[str] | None) -> int:  # noqa: ARG002 - a channel keeps its name
        """Nothing: no voice is known."""
        return 0

    def save(self) -> bytes:
        """Nothing: channels keep their people."""
        return b""

    def resume(self, saved: bytes) -> None:
        """Channels keep their people."""

    def on_channel(self, channel: int) -> str:
        """Its speaker's name; unknown, where nobody is named for it."""
        return self._speaker(channel).id

    def identify(self, heard: VoiceHeard) -> Identified:
        """The speaker of this channel."""
        return Identified((SpeakerTurn(self._speaker(heard.channel), heard.start_s, heard.end_s),))

    def _speaker(self, channel: int) -> Speaker:
        if channel < len(self._names):
            return Speaker(self._names[channel], SpeakerKind.CHANNEL, 1.0)
        return Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)


def located(ended: SpeechEnded) -> VoiceHeard:
    """Where and when a segment was heard, without listening to the voice."""
    nothing = np.zeros(0)
    return VoiceHeard(ended.segment, ended.channel, ended.start_s, ended.end_s, nothing, np.zeros((0, 0), np.float32))
