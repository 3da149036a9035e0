"""Which camera goes with which source."""

import pytest

from edge.seeing import _fitting
from model.errors import SettingsError
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo

WEBCAM = PartChoice(part="webcam")
FILM = PartChoice(part="recording")
TALK = PartChoice.model_validate({"part": "recording", "path": "talk.mp4"})
FAST_TALK = PartChoice.model_validate({"part": "recording", "path": "talk.mp4", "fast": True})
CAPTIONS = PartChoice.model_validate({"part": "captions", "path": "talk.vtt"})
SOUND, WORDS = SourceInfo("talk", 1), SourceInfo("talk", 0, words=True)


def test_the_film_of_the_recording_that_is_listened_to():
    choice, waits = _fitting(FILM, TALK, SOUND)
    assert (choice.own["path"], waits) == ("talk.mp4", False)
    assert _fitting(FILM, FAST_TALK, SOUND)[1]


def test_another_film_beside_it():
    other = PartChoice.model_validate({"part": "recording", "path": "camera2.mp4", "frames_per_s": 10})
    for source, info in ((TALK, SOUND), (CAPTIONS, WORDS), (PartChoice(part="microphone"), SOUND)):
        assert _fitting(other, source, info)[0] == other


def test_the_pictures_of_captions_are_waited_for():
    assert _fitting(TALK, CAPTIONS, WORDS)[1]


@pytest.mark.parametrize(
    "source, info, why", [(FAST_TALK, SOUND, "played faster than that"), (CAPTIONS, WORDS, "captions have no sound")]
)
def test_a_live_camera_needs_sound_as_it_is_spoken(source, info, why):
    assert _fitting(WEBCAM, TALK, SOUND) == (WEBCAM, False)
    with pytest.raises(SettingsError, match=why):
        _fitting(WEBCAM, source, info)
