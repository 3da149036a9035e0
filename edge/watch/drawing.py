"""A conversation as lines of a terminal: who said what, what they felt, and what caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from edge.watch import gutter
from edge.watch.conversation_view import ConversationView, Row
from edge.watch.gutter import Arc, draw_gutter
from edge.watch.style import bar, clock_time, emotion_style, percent, printable, quoted, speaker_style
from edge.wire.cause import CauseLink
from edge.wire.node import Presence

ARCS_FROM_COLUMNS: Final = 80
"""In a narrower terminal links are told, not drawn."""

_SPEAKER_COLUMNS: Final = 10
_TIME_COLUMNS: Final = 6
_LABEL_COLUMNS: Final = 9
_WIDE_COLUMNS: Final = 72
_FRAME_LINES: Final = 6
_ALERTS_SHOWN: Final = 4
_PRESENCE_STYLES: Final = {Presence.ONLINE: "green", Presence.DEGRADED: "yellow"}


def draw(view: ConversationView, console: Console, height: int | None = None) -> RenderableType:
    """The whole view, or as much of its end as `height` lines hold."""
    footer = _footer(view)
    room = None if height is None else max(2, height - _FRAME_LINES - len(footer))
    body = _body(view, console, room)
    return Group(*_header(view), *body, Text(), *footer)


def _header(view: ConversationView) -> list[RenderableType]:
    title = Text("undertone", "bold")
    if view.status is not None:
        style = _PRESENCE_STYLES.get(view.status.status, "red")
        title.append("  ● ", style).append(f"{view.node} {view.status.status}", style)
        if view.status.reason:
            title.append(f" ({printable(view.status.reason, 60)})", "dim")
    if view.meta is not None:
        about = [view.meta.purpose, " + ".join(view.meta.modalities), view.meta.language]
        title.append("   " + printable(" · ".join(about), 80), "dim")
    lines: list[RenderableType] = [_one_line(title)]
    if view.meta is not None and view.meta.notice:
        lines.append(_one_line(Text(printable(view.meta.notice), "dim italic")))
    return [*lines, Rule(style="grey23")]


def _footer(view: ConversationView) -> list[RenderableType]:
    lines: list[RenderableType] = [
        _one_line(Text.assemble(("… ", "dim"), (printable(partial.text[-200:]), "dim italic")))
        for partial in view.partials.values()
    ]
    newest = list(view.alerts.values())[-_ALERTS_SHOWN:]
    lines += [
        _one_line(Text(f"! {printable(alert.rule)}: {printable(alert.reason, 200)}", "bold red")) for alert in newest
    ]
    if view.ended is not None:
        lost = f", {view.ended.lost.utterances} lost" if view.ended.lost.utterances else ""
        withheld = f", {view.ended.withheld} withheld" if view.ended.withheld else ""
        counted = f"{view.ended.utterances} utterances{lost}{withheld}"
        lines.append(_one_line(Text(f"ended: {printable(view.ended.reason)} · {counted}", "dim")))
    elif not view.rows and not view.partials:
        lines.append(Text("listening …", "dim"))
    if view.note:
        lines.append(_one_line(Text(printable(view.note, 200), "yellow")))
    return lines


@dataclass(slots=True)
class _Drawn:
    """A row as lines; the first holds the words, the last the feeling."""

    row: Row
    lines: list[Text]


def _body(view: ConversationView, console: Console, room: int | None) -> list[RenderableType]:
    with_arcs = console.width >= ARCS_FROM_COLUMNS
    width = console.width - (gutter.WIDTH if with_arcs else 0)
    speakers = list(dict.fromkeys(row.speaker for row in view.rows.values()))
    drawn: list[_Drawn] = []
    used = 0
    for row in reversed(view.rows.values()):
        lines = _row_lines(row, view, console, width, speakers)
        used += len(lines)
        if room is not None and used > room:
            break
        drawn.insert(0, _Drawn(row, lines))
    content = [line for one in drawn for line in one.lines]
    if not with_arcs:
        return [_one_line(line) for line in content]
    margins = draw_gutter(_arcs(drawn, view, speakers), len(content))
    return [_one_line(Text.assemble(margin, line)) for margin, line in zip(margins, content, strict=True)]


def _row_lines(row: Row, view: ConversationView, console: Console, width: int, speakers: list[str]) -> list[Text]:
    indent = _TIME_COLUMNS + _SPEAKER_COLUMNS + 1
    head = Text.assemble(
        (f"{clock_time(row.start_s):>{_TIME_COLUMNS - 1}} ", "grey50"),
        (_padded(row.speaker, _SPEAKER_COLUMNS), f"bold {speaker_style(row.speaker, speakers)}"),
        " ",
    )
    text = printable(row.transcript.text) if row.transcript else "…"
    wrapped = Text(text).wrap(console, max(10, width - indent))
    lines = [Text.assemble(head if number == 0 else " " * indent, line) for number, line in enumerate(wrapped)]
    return [*lines, _feeling(row, view, width, indent)]


def _feeling(row: Row, view: ConversationView, width: int, indent: int) -> Text:
    """The emotion with its probability, what caused it, and at the right edge how long it took."""
    if row.emotion is None:
        return Text(" " * indent)
    emotion = row.emotion.emotion
    style = emotion_style(emotion.label)
    line = Text.assemble(" " * indent, (_padded(emotion.label, _LABEL_COLUMNS), style))
    if width >= _WIDE_COLUMNS:
        line.append_text(bar(emotion.confidence, style)).append(" ")
    line.append(f"{percent(emotion.confidence):>5}", style)
    for link in row.cause.links if row.cause else ():
        line.append("  ").append_text(_link(link, view, _quote_columns(row, width)))
    if row.emotion.revision > 1:
        line.append(f"  revision {row.emotion.revision}", "italic dim")
    if row.emotion.status != "final":
        line.append(f"  {row.emotion.status}", "italic dim")
    return _with_latency(line, row, width)


def _with_latency(line: Text, row: Row, width: int) -> Text:
    if row.emotion is None or row.emotion.latency_ms is None:
        return line
    latency = f"{row.emotion.latency_ms.total:.0f} ms"
    line.truncate(max(0, width - len(latency) - 2), overflow="ellipsis")
    line.pad_right(max(1, width - line.cell_len - len(latency)))
    return line.append(latency, "grey37")


def _quote_columns(row: Row, width: int) -> int:
    """How much of a causing utterance can be quoted, so that all links find room; 0 in a narrow terminal."""
    links = len(row.cause.links) if row.cause else 0
    return 0 if width < _WIDE_COLUMNS else max(10, (width - _WIDE_COLUMNS // 2) // (2 * max(1, links)))


def _link(link: CauseLink, view: ConversationView, quote_columns: int) -> Text:
    probability = (f" {percent(link.probability)}", "grey62")
    if link.is_self:
        return Text.assemble(("↺", "bold"), (" itself" if quote_columns else "", "grey62"), probability)
    cause = view.rows.get(link.cause)
    name = printable(cause.speaker if cause else link.cause, _SPEAKER_COLUMNS)
    words = clock_time(cause.start_s) if cause else ""
    if quote_columns and cause and cause.transcript:
        words = quoted(cause.transcript.text, quote_columns)
    return Text.assemble(("↰ ", "bold"), (f"{name} {words}", "grey62"), probability)


def _arcs(drawn: Sequence[_Drawn], view: ConversationView, speakers: list[str]) -> list[Arc]:
    """One arc per causing utterance, to all it caused."""
    first: dict[str, int] = {}
    ends: dict[str, list[tuple[int, str]]] = {}
    line = 0
    for one in drawn:
        first[one.row.utterance] = line
        line += len(one.lines)
        for link in one.row.cause.links if one.row.cause else ():
            if not link.is_self and link.lag > 0 and one.row.cause is not None:
                ends.setdefault(link.cause, []).append((line - 1, emotion_style(one.row.cause.label)))
    return [
        Arc(
            start=first.get(cause, -1),
            ends=tuple(end for end, _ in caused),
            style=_dimmed(cause, view, speakers),
            end_styles=tuple(style for _, style in caused),
        )
        for cause, caused in ends.items()
    ]


def _dimmed(cause: str, view: ConversationView, speakers: list[str]) -> str:
    row = view.rows.get(cause)
    return "grey50" if row is None else speaker_style(row.speaker, speakers)


def _padded(text: str, columns: int) -> str:
    shown = printable(text)
    return f"{shown if len(shown) <= columns else shown[: columns - 1] + '…':<{columns}}"


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
