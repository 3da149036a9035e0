"""Whatever somebody calls a thing, its name is one level of a topic, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.topics import PREFIX, Topics, checked, is_dialogue, place_of, subscription

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="/+#$ \0\n.-aA0\u202e\u212a\uff0f\u0661", min_size=1, max_size=40),
    st.from_regex(r"[a-z0-9-]{0,37}[/+#$\x00\n]?", fullmatch=True),
)
HOME = Topics("home", "desk")
MAKERS = {
    "site": lambda name: Topics(name, "desk").status,
    "node": lambda name: Topics("home", name).status,
    "commands": lambda name: Topics("home", name).commands,
    "stage": HOME.health,
    "conversation": lambda name: HOME.conversation(name, "emotion"),
    "verb": HOME.command,
    "client": lambda name: HOME.reply(name, "r1"),
    "request": lambda name: HOME.reply("kiosk", name),
    "subscription": subscription,
}


@pytest.mark.parametrize("kind", MAKERS)
@given(name=HOSTILE)
def test_no_name_adds_a_level_or_a_wildcard(kind, name):
    harmless = MAKERS[kind]("a")
    try:
        topic = MAKERS[kind](name)
    except ValueError:
        with pytest.raises(ValueError, match="is no id"):
            checked(name)
        return
    assert name.isascii()
    assert topic.count("/") == harmless.count("/")
    assert [topic.count(sign) for sign in "+#$\0 "] == [harmless.count(sign) for sign in "+#$\0 "]
    assert topic.startswith(f"{PREFIX}/")


@given(levels=st.lists(HOSTILE, min_size=1, max_size=3))
def test_a_subject_has_only_levels_that_are_ids(levels):
    subject = "/".join(levels)
    try:
        topic = HOME.conversation("c1", subject)
    except ValueError:
        return
    assert topic == f"{PREFIX}/home/conv/c1/{subject}"
    assert all(checked(level) for level in subject.split("/"))


@given(st.lists(HOSTILE, max_size=8))
def test_any_topic_can_be_asked_what_it_is_about(levels):
    topic = "/".join(levels)
    place_of(topic)
    is_dialogue(topic)
    place = place_of(f"{PREFIX}/{topic}")
    assert place is None or checked(place.id) == place.id
