"""The diarizer `auto`: one person per channel where they are named; else people are told apart by voice."""

from realtime.diarizers import channel, voices
from realtime.model_thread import ModelThread
from realtime.protocols import Diarizer


class Settings(channel.Settings, voices.Settings):
    """Who speaks on which channel, and how people are told apart where nobody is named."""


def create(settings: Settings, speakers: tuple[str, ...], thread: ModelThread) -> Diarizer:
    """The diarizer `channel` if the settings or the source name speakers, else `voices`. Raises as they do."""
    if names := settings.speakers or speakers:
        return channel.create(channel.Settings(), names, thread)
    return voices.create(settings, speakers, thread)
