"""Bytes become lines of text, however they are divided; what is no text is named with its line."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from edge.captions.cue import Line, Malformed
from edge.captions.lines import LONGEST_LINE, Lines
from tests.unit.edge.captions.pieces import divided


def read(*pieces: bytes) -> list[Line | Malformed]:
    lines = Lines()
    return [line for piece in pieces for line in lines.push(piece)] + list(lines.end())


def test_every_end_of_a_line_counts_once():
    assert read(b"\xef\xbb\xbfone\r\ntwo\rthree\n\nfive") == [
        Line(1, "one"),
        Line(2, "two"),
        Line(3, "three"),
        Line(4, ""),
        Line(5, "five"),
    ]


def test_a_return_and_a_newline_in_two_pieces_are_one_end():
    assert read(b"one\r", b"", b"\ntwo") == [Line(1, "one"), Line(2, "two")]


@given(st.text(alphabet="aé\n\r ").map(str.encode) | st.binary(max_size=60), st.data())
def test_the_division_into_pieces_changes_nothing(content, data):
    assert read(*divided(content, data)) == read(content)


def test_what_is_not_utf_8_is_said_with_line_and_byte():
    wrong, right = read(b"fa\xe7ade\nfine")
    assert isinstance(wrong, Malformed)
    assert wrong.line == 1
    assert "byte 3 (0xe7) is not UTF-8" in wrong.problem
    assert right == Line(2, "fine")


def test_nul_bytes_are_no_text():
    (found,) = read("héllo".encode("utf-16-le"))
    assert isinstance(found, Malformed)
    assert "NUL" in found.problem


def test_a_line_of_a_hundred_megabytes_is_refused_without_being_kept():
    lines, piece = Lines(), b"x" * LONGEST_LINE
    tracemalloc.start()
    for _ in range(1_600):
        assert list(lines.push(piece)) == []
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert list(lines.push(b"\nafter\n")) == [
        Malformed(1, f"the line is longer than {LONGEST_LINE} bytes"),
        Line(2, "after"),
    ]
