import pytest

from edge.wire.topics import Place, Topics, is_dialogue, place_of, subscription


def test_topics_of_a_node():
    topics = Topics("home", "desk")
    assert topics.status == "undertone/v1/home/node/desk/status"
    assert topics.info == "undertone/v1/home/node/desk/info"
    assert topics.health("segment") == "undertone/v1/home/node/desk/health/segment"
    assert topics.conversation("c1", "transcript/final") == "undertone/v1/home/conv/c1/transcript/final"


@pytest.mark.parametrize("bad", ["", "a/b", "+", "#", "$SYS", "Ann", "a b", "a\n", "x" * 37, "ü"])
def test_no_id_changes_the_shape_of_a_topic(bad):
    with pytest.raises(ValueError, match="is no id"):
        Topics(bad, "desk")
    with pytest.raises(ValueError, match="is no id"):
        Topics("home", bad)
    with pytest.raises(ValueError, match="is no id"):
        Topics("home", "desk").conversation(bad, "emotion")
    with pytest.raises(ValueError, match="is no id"):
        Topics("home", "desk").health(bad)
    with pytest.raises(ValueError, match="is no id"):
        subscription(bad)


def test_commands_and_their_answers_have_topics_of_their_own():
    topics = Topics("home", "desk")
    assert topics.commands == "undertone/v1/home/cmd/desk/+"
    assert topics.command("mute") == "undertone/v1/home/cmd/desk/mute"
    assert topics.reply("kiosk", "r1") == "undertone/v1/home/reply/kiosk/r1"
    assert is_dialogue(topics.command("mute"))
    assert is_dialogue(topics.reply("kiosk", "r1"))
    assert not is_dialogue(topics.status)
    with pytest.raises(ValueError, match="is no id"):
        topics.reply("a/b", "r1")


def test_a_topic_says_what_it_is_about():
    assert place_of("undertone/v1/home/conv/c1/transcript/final") == Place("conv", "c1", "transcript/final")
    assert place_of("undertone/v1/home/node/desk/health/segment") == Place("node", "desk", "health/segment")


@pytest.mark.parametrize(
    "foreign", ["", "undertone", "undertone/v2/home/conv/c1/emotion", "undertone/v1/home/conv/C1/x", "a/b/c/conv/c/d"]
)
def test_foreign_topics_are_about_nothing(foreign):
    assert place_of(foreign) is None
