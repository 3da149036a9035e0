import asyncio
import io

import pytest
from rich.console import Console

from edge.alerts.rule import AlertRule
from edge.watch.terminal import TerminalView
from model.analysis import Status
from realtime.events import ConversationStarted, PartialText
from tests.conversation_events import CONVERSATION, heard, short_conversation, understood
from tests.watched import as_received

START = ConversationStarted(CONVERSATION, 0.0)


def shown(*events, width=100, terminal=True, notes=(), alerts=()):
    """Everything that reached the terminal."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=30, force_terminal=terminal, color_system=None, highlight=False)

    async def show():
        with TerminalView(console) as view:
            for message in as_received(*events, alerts=alerts):
                view.show(message)
            for note in notes:
                view.note(note)

    asyncio.run(show())
    return out.getvalue()


def last_picture(text):
    return text[text.rindex("undertone  ●") :].splitlines()


def test_the_whole_conversation_stays_behind():
    lines = last_picture(shown(*short_conversation()))
    assert "desk online" in lines[0]
    assert "Everybody at the table was told." in lines[1]
    joined = "\n".join(lines)
    assert "i got the job" in joined
    assert "↺ itself 80 %" in joined
    assert "↰ ann “i got the job” 80 %" in joined
    assert "600 ms" in joined
    assert "╭─" in joined
    assert "▸" in joined
    assert "ended: end of source · 2 utterances" in joined


@pytest.mark.parametrize("width", [20, 40, 64, 79, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    for line in last_picture(shown(*short_conversation(), width=width)):
        assert len(line) <= width


def test_a_narrow_terminal_tells_links_by_their_time():
    joined = "\n".join(last_picture(shown(*short_conversation(), width=64)))
    assert "↰ ann 0:00 80 %  ↺ 80 %" in joined
    assert "▸" not in joined


def test_a_revision_is_marked():
    said = heard(0)
    text = shown(START, said, understood(said, "joy", revision=2, status=Status.REVISED))
    assert "revision 2" in text
    assert "revised" in text


def test_unfinished_words_are_at_the_bottom():
    text = shown(START, heard(0), PartialText("s1", 0, 4.0, 5.0, "and then he", CONVERSATION))
    assert last_picture(text)[-1].strip() == "… and then he"


def test_words_cannot_speak_to_the_terminal():
    said = heard(0, "\x1b]0;owned\x07 [red]hello[/red]", speaker="\x1b[2Jeve")
    for terminal in (True, False):
        text = shown(START, said, understood(said), terminal=terminal)
        assert "\x1b]0" not in text
        assert "\x1b[2Jeve" not in text
        assert "[red]hello[/red]" in text


def test_without_a_terminal_each_utterance_is_one_line():
    lines = shown(*short_conversation(), terminal=False).splitlines()
    assert lines == [
        "0:00 ann: i got the job | joy 70 % | because of the words themselves 80 % | 600 ms",
        "0:04 bob: that is wonderful | joy 70 % | because of “i got the job” 80 %, the words themselves 80 % | 600 ms",
    ]


def test_without_a_terminal_a_revision_is_a_line_of_its_own():
    said = heard(0)
    lines = shown(START, said, understood(said), understood(said, "anger", revision=2), terminal=False).splitlines()
    assert lines[0].startswith("0:00 ann: hello there | joy")
    assert lines[-1].startswith("revised: 0:00 ann: hello there | anger")


def test_a_note_is_shown():
    assert "lost the broker" in shown(START, notes=["lost the broker"])
    assert shown(notes=["lost the \x1bbroker"], terminal=False) == "lost the \N{REPLACEMENT CHARACTER}broker\n"


DELIGHTED = AlertRule(name="delighted", emotions=("joy",), count=2, who="everybody")


def test_an_alert_is_shown_until_it_is_over():
    events = short_conversation()
    raised = "! delighted: joy in 2 utterances of everybody together"
    assert raised in "\n".join(last_picture(shown(*events[:-1], alerts=[DELIGHTED])))
    assert raised not in "\n".join(last_picture(shown(*events, alerts=[DELIGHTED])))


def test_without_a_terminal_an_alert_is_a_line_when_it_is_raised_and_one_when_it_is_over():
    lines = shown(*short_conversation(), terminal=False, alerts=[DELIGHTED]).splitlines()
    assert [line for line in lines if "alert" in line] == [
        "alert | delighted | joy in 2 utterances of everybody together",
        "alert over | delighted | the conversation ended",
    ]
