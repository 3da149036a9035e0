"""The diarizer `unknown`: several people on one channel whom nothing tells apart."""

from model.config import Config
from realtime.diarizers.channel import ChannelDiarizer
from realtime.model_thread import ModelThread


class Settings(Config):
    """Nothing to set."""


def create(
    settings: Settings,  # noqa: ARG001 - there are none
    speakers: tuple[str, ...],  # noqa: ARG001 - names do not help
    thread: ModelThread,  # noqa: ARG001 - nothing is computed
) -> ChannelDiarizer:
    """A diarizer that knows nobody on any channel."""
    return ChannelDiarizer(())
