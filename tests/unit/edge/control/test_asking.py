"""What is typed becomes a command, or is refused with what to type."""

import pytest

from edge.control.asking import client_name, command_of
from edge.wire.command import ForgetCommand, MuteCommand, RelabelCommand, SetCommand, StopCommand
from edge.wire.stamp import utc_now
from model.errors import SettingsError


def test_words_become_what_their_keys_want():
    muted = command_of("mute", ["muted=true", "for_s=2.5", "reason=5"], "ann", 10.0)
    assert isinstance(muted, MuteCommand)
    assert (muted.muted, muted.for_s, muted.reason, muted.client) == (True, 2.5, "5", "ann")
    switched = command_of("set", ["modalities=text,audio", "opt_out=Ann Lee, Ben", "camera=false"], "ann", 10.0)
    assert isinstance(switched, SetCommand)
    assert switched.wanted() == {"modalities": ("text", "audio"), "opt_out": ("Ann Lee", "Ben"), "camera": False}
    nobody = command_of("set", ["opt_out="], "ann", 10.0)
    assert isinstance(nobody, SetCommand)
    assert nobody.opt_out == ()
    renamed = command_of("relabel", ["speaker=s1", "name=a=b"], "ann", 10.0)
    assert isinstance(renamed, RelabelCommand)
    assert (renamed.speaker, renamed.name) == ("s1", "a=b")
    assert isinstance(command_of("forget", ["speaker=7"], "ann", 10.0), ForgetCommand)
    assert isinstance(command_of("stop", [], "ann", 10.0), StopCommand)


def test_it_expires_when_nobody_waits_any_more():
    command = command_of("stop", [], "ann", 10.0)
    assert command.expires is not None
    assert 9.0 < (command.expires - utc_now()).total_seconds() <= 10.0


@pytest.mark.parametrize(
    "verb, words, says",
    [
        ("sing", [], "there is no command"),
        ("mute", [], "mute muted"),
        ("mute", ["muted=maybe"], "mute muted"),
        ("mute", ["muted=true", "volume=3"], "mute volume"),
        ("pause", ["loud"], "no key=value"),
        ("pause", ["client=ben"], "no key=value"),
        ("set", [], "say what to set"),
        ("resume", ["now=true"], "resume takes nothing"),
    ],
)
def test_what_means_nothing_is_refused_with_what_to_type(verb, words, says):
    with pytest.raises(SettingsError, match=says):
        command_of(verb, words, "ann", 10.0)


def test_a_user_asks_under_their_own_name():
    assert client_name("controller") == "controller"
    assert client_name("Ann Lee").startswith("ask-")
    assert client_name(None) != client_name(None)
