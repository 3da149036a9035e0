"""A topic that says whether the machine itself speaks."""

import pytest

from edge.control.muting import SpeakingTopic
from edge.control.settings import MuteSettings
from realtime.events import ListeningPaused
from realtime.mute import Mute
from tests.fakes import ManualClock


class Robot:
    """A mute that a topic holds."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.said: list[object] = []
        self.mute = Mute(self.clock, self.said.append, 0.0)
        self.topic = SpeakingTopic(self.mute, "robot/speech", 10.0)


@pytest.fixture
def robot():
    return Robot()


@pytest.mark.parametrize("word", [b"true", b"ON", b"1", b" speaking\n", b'"playing"', b"True"])
def test_it_speaks(robot, word):
    robot.topic.hear(word)
    assert robot.mute.held
    assert ListeningPaused("the machine speaks (robot/speech)") in robot.said


@pytest.mark.parametrize("word", [b"false", b"off", b"0", b"Idle", b'"stopped"', b"null", b""])
def test_it_is_silent(robot, word):
    robot.topic.hear(b"true")
    robot.topic.hear(word)
    assert not robot.mute.held


@pytest.mark.parametrize("word", [b"maybe", b"\xff\xff", b"{}", b"[1]", b"2", b"t" * 100_000])
def test_what_says_neither_changes_nothing(robot, word, caplog):
    robot.topic.hear(word)
    assert not robot.mute.held
    robot.topic.hear(b"true")
    robot.topic.hear(word)
    assert robot.mute.held
    assert caplog.text.count("neither") == 2


def test_a_topic_that_falls_silent_itself_does_not_deafen_us_for_ever(robot):
    robot.topic.hear(b"true")
    robot.clock.advance(10.1)
    assert not robot.mute.held


@pytest.mark.parametrize("topic", ["", "robot/#", "+/speech", "a\0b", "x" * 201])
def test_the_setting_is_one_topic(topic):
    with pytest.raises(ValueError, match="topic"):
        MuteSettings(ignore_while_topic=topic)
