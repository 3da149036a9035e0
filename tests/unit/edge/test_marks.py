"""Lines for people on every terminal: none may break a command."""

import io
import sys

import pytest

from edge.marks import console_for_people, marks


@pytest.mark.parametrize("encoding, shown", [("utf-8", "✔ Größe"), ("ascii", "ok Gr??e")])
def test_a_terminal_gets_what_it_can_show(encoding, shown, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    console = console_for_people()
    console.print(f"{marks(console).ok} Größe")
    terminal.flush()
    assert terminal.buffer.getvalue().decode(encoding).strip() == shown


def test_quiet_says_nothing(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", terminal)
    console_for_people(quiet=True).print("hello")
    terminal.flush()
    assert terminal.buffer.getvalue() == b""
