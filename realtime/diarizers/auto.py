"""The diarizer `auto`: one person per channel where the source names them; else people are told apart by voice."""

from realtime.diarizers import channel, voices
from realtime.model_thread import ModelThread
from realtime.protocols import Diarizer


class Settings(voices.Settings):
    """How people are told apart where no channel is one person's."""


def create(settings: Settings, speakers: tuple[str, ...], thread: ModelThread) -> Diarizer:
    """The diarizer `channel` if there are names, else `voices`. Raises as they do."""
    if speakers:
        return channel.create(channel.Settings(), speakers, thread)
    return voices.create(settings, speakers, thread)
