"""The live view in a terminal; plain lines where there is none."""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from edge.watch.conversation_view import ConversationView, Row
from edge.watch.drawing import draw
from edge.watch.style import clock_time, percent, printable, quoted
from edge.watch.subscriber import Received
from edge.wire.alert import Alert
from edge.wire.cause import CauseLink

_REFRESH_S: Final = 0.2
_GATHER_S: Final = 0.05
_QUOTE: Final = 40
_REMEMBERED: Final = 1_000  # utterances of which is known that they were printed; ids are whatever somebody publishes


class TerminalView:
    """Shows messages to people: `with TerminalView() as view: view.show(message)`.

    In a terminal it redraws what fits while the conversation runs and leaves the whole of it behind in the end.
    Elsewhere it prints a line per utterance.

    Args:
        console: Where to; the standard output unless given.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.view = ConversationView()
        self._live: Live | None = None
        self._drawn_at = 0.0
        self._pending: asyncio.TimerHandle | None = None
        self._printed: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
            self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pending is not None:
            self._pending.cancel()
        if self._live is not None:
            self._live.stop()
            self._live = None
            if self.view.conversation:
                self.console.print(draw(self.view, self.console))

    def show(self, message: Received) -> None:
        """Take a message into the view."""
        if self._live is not None and self.view.starts_another(message):
            self.console.print(draw(self.view, self.console))
        news = self.view.receive(message)
        if self._live is not None:
            self._draw_soon()
        elif isinstance(news, Alert):
            state = "alert" if news.state == "raised" else "alert over"
            self.console.print(Text(f"{state} | {news.rule} | {printable(news.reason, 200)}"), soft_wrap=True)
        elif news is not None:
            self._print(news)

    def note(self, text: str) -> None:
        """Say something about the view itself, such as a lost connection."""
        self.view.note = text
        if self._live is not None:
            self._draw_soon()
        else:
            self.console.print(Text(printable(text)), soft_wrap=True)

    def _draw_soon(self) -> None:
        """Draw once what comes together is there: words, feeling and cause of an utterance are one picture."""
        if self._pending is None:
            wait_s = max(_GATHER_S, self._drawn_at + _REFRESH_S - time.monotonic())
            self._pending = asyncio.get_running_loop().call_later(wait_s, self._draw)

    def _draw(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        if self._live is not None:
            self._live.update(draw(self.view, self.console, self.console.height), refresh=True)
            self._drawn_at = time.monotonic()

    def _print(self, row: Row) -> None:
        """Print a row once all of it is there, and again when it was revised."""
        if row.transcript is None or row.emotion is None or row.cause is None:
            return
        revisions = (row.emotion.revision, row.cause.revision)
        if self._printed.get(row.utterance) == revisions:
            return
        again = row.utterance in self._printed
        self._printed[row.utterance] = revisions
        if len(self._printed) > _REMEMBERED:
            del self._printed[next(iter(self._printed))]
        line = " | ".join(filter(None, self._plain(row)))
        self.console.print(Text(f"revised: {line}" if again else line), soft_wrap=True)

    def _plain(self, row: Row) -> list[str]:
        emotion = row.emotion.emotion if row.emotion else None
        words = printable(row.transcript.text) if row.transcript else ""
        latency = row.emotion.latency_ms if row.emotion else None
        links = ", ".join(self._plain_link(link) for link in row.cause.links) if row.cause else ""
        return [
            f"{clock_time(row.start_s)} {printable(row.speaker)}: {words}",
            f"{printable(emotion.label)} {percent(emotion.confidence)}" if emotion else "",
            f"because of {links}" if links else "",
            f"{latency.total:.0f} ms" if latency else "",
        ]

    def _plain_link(self, link: CauseLink) -> str:
        cause = self.view.rows.get(link.cause)
        if link.is_self:
            return f"the words themselves {percent(link.probability)}"
        words = quoted(cause.transcript.text, _QUOTE) if cause and cause.transcript else link.cause
        return f"{words} {percent(link.probability)}"
