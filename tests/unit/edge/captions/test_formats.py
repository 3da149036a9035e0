"""What each format says, what is wrong with it, and that nobody's way of cutting it into pieces matters."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.captions.cue import Cue, Found, Malformed
from edge.captions.reader import CaptionReader, Format, told_by
from tests.unit.edge.captions.pieces import divided


def read(content: str | bytes, kind: Format | None = None) -> list[Found]:
    reader = CaptionReader(kind)
    raw = content.encode() if isinstance(content, str) else content
    return [*reader.push(raw), *reader.end()]


def said(content: str, kind: Format | None = None) -> list[tuple[str | None, str]]:
    """Who said what; the content has nothing wrong."""
    found = read(content, kind)
    assert all(isinstance(cue, Cue) for cue in found), found
    return [(cue.speaker, " ".join(filter(None, cue.rows))) for cue in found]


def problem(content: str | bytes, kind: Format | None = None) -> Malformed:
    """The one thing that is wrong."""
    (wrong,) = [found for found in read(content, kind) if isinstance(found, Malformed)]
    return wrong


TEAMS = """\ufeffWEBVTT

e3b0c442-98fc-1c14-9afb-f4c8996fb924/12-0
00:00:03.190 --> 00:00:05.230 align:start position:0%
<v Anna Schmidt>Hello everybody, and</v>

NOTE This is a comment,
and so is this.

STYLE
::cue { color: red }

REGION
id:fred

12:05.230 --> 01:12:06.000
<v.loud Bob>It&#39;s R&amp;D <i>here</i>
and <00:12:05.500><c>there</c>.</v><v Anna Schmidt>Yes.</v>
"""

ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:02.000
Anna-Lena O'Neill (Guest): Good morning.

2
00:00:02.000 --> 00:00:04.000
He said: nothing. At 12:30 we left.
"""

SUBRIP = """1
00:00:01,000 --> 00:00:02,500 X1:40 X2:600
ANNA: <i>Hello</i> {\\an8}there,
how are you?
- BOB: Fine.

2
00:00:03,000 --> 00:00:03,000
5 < 6 & nobody spoke
"""


def test_webvtt_as_teams_writes_it():
    first, second, third = read(TEAMS)
    assert first == Cue(4, 3.19, 5.23, "Anna Schmidt", ("Hello everybody, and",))
    assert second == Cue(16, 725.23, 4326.0, "Bob", ("It's R&D here", "and there."))
    assert third == Cue(16, 725.23, 4326.0, "Anna Schmidt", ("Yes.",))


def test_webvtt_as_zoom_writes_it():
    assert said(ZOOM) == [
        ("Anna-Lena O'Neill (Guest)", "Good morning."),
        (None, "He said: nothing. At 12:30 we left."),
    ]


def test_subrip():
    assert said(SUBRIP) == [
        ("ANNA", "Hello there, how are you?"),
        ("BOB", "Fine."),
        (None, "5 < 6 & nobody spoke"),
    ]
    assert [(cue.start_s, cue.end_s, cue.line) for cue in read(SUBRIP)] == [(1.0, 2.5, 2), (1.0, 2.5, 2), (3.0, 3.0, 8)]


def test_json_lines_with_keys_of_others():
    content = """{"start": 1, "end": 2.5, "speaker": "Anna", "text": "hi\\nthere", "words": []}

{"id": 7, "start": 3e0, "end": 3, "text": ""}
"""
    assert read(content) == [
        Cue(1, 1.0, 2.5, "Anna", ("hi there",)),
        Cue(3, 3.0, 3.0, None, ("",), "7"),
    ]


@pytest.mark.parametrize(
    "content, line, expected",
    [
        ("WEBVTT\n\nhello\n", 3, "a cue with times such as 00:00:01.000 --> 00:00:04.000"),
        ("WEBVTT\n\n1\n00:01 --> 00:02\nhi\n", 4, "times such as 00:00:01.000 --> 00:00:04.000"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nhi\n", 3, "the end (1.000 s) is before the start (2.000 s)"),
        ("WEBVTT\n\n-00:02.000 --> 00:01.000\nhi\n", 3, "times such as"),
        ("WEBVTT\n00:01.000 --> 00:02.000\nhi\n", 2, "an empty line is expected"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n00:02.000 --> 00:03.000\nho\n", 5, "an empty line is expected"),
        ("WEBVTT\n\n9999:01:01.000 --> 9999:01:02.000\nhi\n", 3, "100 hours"),
        ("1\nhello\n", 2, "times such as 00:00:01,000 --> 00:00:04,000"),
        ("1\n00:00:01,000 --> 00:00:02,000\nhi\n\nand on\n", 5, "the number of a cue, or times"),
        ("1\n00:00:01,000 -> 00:00:02,000\nhi\n", 2, "times such as"),
        ("{}\n", 1, '"start" must be a number of seconds'),
        ('{"start": true, "end": 1, "text": ""}', 1, '"start" must be'),
        ('{"start": 0, "end": NaN, "text": ""}', 1, '"end" must be'),
        ('{"start": 0, "end": 1e999, "text": ""}', 1, '"end" must be'),
        ('{"start": 0, "end": ' + "9" * 4000 + ', "text": ""}', 1, '"end" must be'),
        ('{"start": "0", "end": 1, "text": ""}', 1, '"start" must be'),
        ('{"start": 0, "end": 1, "text": ["a"]}', 1, '"text" must be a string'),
        ('{"start": 0, "end": 1, "text": "", "speaker": 3}', 1, '"speaker" must be'),
        ('{"start": 0, "end": 1, "text": "", "id": true}', 1, '"id" must be'),
        ('{"start": -1, "end": 1, "text": ""}', 1, "the start is negative"),
        ('{"start": 0, "end": 1, "text": "a"}\n[1]\n', 2, "a JSON object"),
        ('{"start": 0, "end": 1\n', 1, "a JSON object"),
        ('{"a": ' + "[" * 50_000, 1, "a JSON object"),
        ('{"start": 0, "end": ' + "9" * 5000 + "}", 1, "a JSON object"),
        ("Dear diary\n", 1, "captions are expected, beginning with WEBVTT"),
    ],
)
def test_what_is_malformed_is_said_with_its_line(content, line, expected):
    found = problem(content)
    assert found.line == line
    assert expected in found.problem


def test_a_name_for_webvtt_without_its_header_loses_that_only():
    content = "00:01.000 --> 00:02.000\nlost\n\n00:02.000 --> 00:03.000\nkept\n"
    wrong, cue, kept = read(content, Format.WEBVTT)
    assert isinstance(wrong, Malformed)
    assert "WEBVTT" in wrong.problem
    assert (cue.rows, kept.rows) == (("lost",), ("kept",))


def test_what_comes_after_something_malformed_is_read():
    content = (
        "WEBVTT\n\nbad\n\n00:01.000 --> 00:02.000\nyes\n\n00:03.000 --> 00:02.000\nno\n\n00:03.000 --> 00:04.000\nyes\n"
    )
    assert [type(found) for found in read(content)] == [Malformed, Cue, Malformed, Cue]


def test_a_cue_with_a_line_that_is_no_text_is_given_up():
    content = b"WEBVTT\n\n00:01.000 --> 00:02.000\none\n\xff\ntwo\n\n00:03.000 --> 00:04.000\nthree\n"
    wrong, cue = read(content)
    assert (wrong.line, cue.rows) == (5, ("three",))


def test_cues_without_empty_lines_between_them_do_not_grow_for_ever():
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "la la la\n" * 10_000 + "\n00:03.000 --> 00:04.000\nok\n"
    wrong, cue = read(content)
    assert "without an empty line" in wrong.problem
    assert cue.rows == ("ok",)


@pytest.mark.parametrize("text", ["<" * 60_000, "<a " * 20_000, "<v" + " " * 60_000, "A" * 60_000 + ":", "[" * 60_000])
def test_hostile_markup_takes_no_time(text):
    assert len(read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n")) == 1


def test_characters_that_do_not_print_are_left_out():
    (cue,) = read('{"start": 0, "end": 1, "speaker": "A\\ud800nna", "text": "\\u001b[31mred\\ud834 \\u0000dress"}')
    assert (cue.speaker, cue.rows) == ("A nna", ("[31mred dress",))
    cue.rows[0].encode()


def test_names_are_bounded_and_nobody_is_nobody():
    names = ["x" * 500, "", "  ", "unknown", "Unknown"]
    found = [read(json.dumps({"start": 0, "end": 1, "speaker": name, "text": "a"}))[0] for name in names]
    assert [cue.speaker for cue in found] == ["x" * 64, None, None, None, None]


@pytest.mark.parametrize(
    "line, kind",
    [
        ("WEBVTT - a title", Format.WEBVTT),
        ("1", Format.SUBRIP),
        ("00:00:01,000 --> 00:00:02,000", Format.SUBRIP),
        ('{"start": 0}', Format.JSONL),
        ("hello", None),
    ],
)
def test_the_first_line_tells_the_format(line, kind):
    assert told_by(line) is kind


def test_the_rest_of_a_cue_that_is_still_being_written_is_a_cue_of_its_own():
    reader = CaptionReader(None)
    assert list(reader.push(b"WEBVTT\n\nid\n00:01.000 --> 00:02.000\none\ntw")) == []
    assert [cue.rows for cue in reader.rest()] == [("one",)]
    assert list(reader.rest()) == []
    assert [(cue.start_s, cue.rows) for cue in reader.push(b"o\n\n")] == [(1.0, ("two",))]
    assert list(reader.end()) == []


WORDS = (
    st.text(alphabet="abcdefghij ,.?", min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda text: any(map(str.isalpha, text)))
)
NAMES = st.sampled_from(["Anna", "Bob Miller", "Speaker 1", "Zoë"])
CUES = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**5), NAMES, st.lists(WORDS, min_size=1, max_size=3)), min_size=1
)


def clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def written(cues: list, kind: Format) -> bytes:
    if kind is Format.JSONL:
        rows = [
            {"start": start / 1000, "end": (start + length) / 1000, "speaker": name, "text": " ".join(text)}
            for start, length, name, text in cues
        ]
        return "\n".join(map(json.dumps, rows)).encode()
    parts = ["WEBVTT"] if kind is Format.WEBVTT else []
    for number, (start, length, name, text) in enumerate(cues, start=1):
        point = "." if kind is Format.WEBVTT else ","
        voice = f"<v {name}>" if kind is Format.WEBVTT else f"{name}: "
        parts.append(f"{number}\n{clock(start, point)} --> {clock(start + length, point)}\n{voice}" + "\n".join(text))
    return "\n\n".join(parts).encode()


@pytest.mark.parametrize("kind", list(Format))
@given(cues=CUES, data=st.data())
def test_what_was_written_is_read_however_it_is_divided(kind, cues, data):
    content = written(cues, kind)
    reader = CaptionReader(None)
    found = [cue for piece in divided(content, data) for cue in reader.push(piece)] + list(reader.end())
    assert [(cue.start_s, cue.end_s, cue.speaker, " ".join(cue.rows).split()) for cue in found] == [
        (start / 1000, (start + length) / 1000, name, " ".join(text).split()) for start, length, name, text in cues
    ]


@given(st.binary(max_size=300) | st.text(alphabet='WEBVTT\n -><:.0123{}"a', max_size=300).map(str.encode), st.data())
def test_rubbish_is_read_the_same_however_it_is_divided(content, data):
    kind = data.draw(st.sampled_from([None, *Format]))
    reader = CaptionReader(kind)
    found = [one for piece in divided(content, data) for one in reader.push(piece)] + list(reader.end())
    assert found == read(content, kind)
