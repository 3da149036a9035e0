"""Who is on which channel is said once, for files and devices alike."""

import numpy as np
import pytest
from pydantic import ValidationError

from edge.sound.channels import ChannelSettings, arrange
from model.errors import SourceError


@pytest.mark.parametrize(
    "settings, channels, names",
    [
        ({}, 1, ()),
        ({}, 4, ()),
        ({"split": True}, 3, ("speaker-1", "speaker-2", "speaker-3")),
        ({"speakers": ("anna", " ben ")}, 2, ("anna", "ben")),
        ({"speakers": ("anna",), "split": True}, 2, ("anna",)),
    ],
)
def test_names(settings, channels, names):
    assert ChannelSettings(**settings).names(channels, "x.wav") == names


@pytest.mark.parametrize("channels", [1, 3])
def test_too_many_and_too_few_names_are_refused(channels):
    with pytest.raises(SourceError, match="2 speakers are named"):
        ChannelSettings(speakers=("anna", "ben")).names(channels, "x.wav")


@pytest.mark.parametrize("speakers", [("anna", "anna"), ("",), ("  ",)])
def test_a_name_is_something_and_only_once(speakers):
    with pytest.raises(ValidationError):
        ChannelSettings(speakers=speakers)


def test_arrange_keeps_or_averages():
    samples = np.array([[1.0, 0.0], [0.0, 0.5]], np.float32)
    assert arrange(samples, 2) is samples
    assert np.array_equal(arrange(samples, 1), np.array([[0.5, 0.25]], np.float32))
