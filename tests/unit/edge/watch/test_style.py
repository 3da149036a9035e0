import pytest

from edge.watch.style import EMOTION_STYLES, bar, clock_time, percent, printable, quoted
from model.emotions import EKMAN_LABELS


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\x07", "\r", "\n", "\x9b2J", "\u202e", "\u200b", "\ufeff", "\ud800"])
def test_nothing_a_terminal_would_obey_comes_through(hostile):
    shown = printable(f"a{hostile}b")
    assert shown.startswith("a")
    assert shown.endswith("b")
    assert not set(hostile) & set(shown) - set("[31m2J")


def test_people_keep_their_letters():
    assert printable("Schöne Grüße, 你好 [bold]") == "Schöne Grüße, 你好 [bold]"
    assert len(printable("x" * 10_000)) == 1_000


def test_figures_for_people():
    assert percent(0.814) == "81 %"
    assert clock_time(125.9) == "2:05"
    assert quoted("they called me about a month ago", 12) == "“they called…”"
    assert bar(0.5, "red").plain == "━━━━────"


def test_every_emotion_has_a_colour_of_its_own():
    assert set(EMOTION_STYLES) == set(EKMAN_LABELS)
    assert len(set(EMOTION_STYLES.values())) == len(EMOTION_STYLES)
