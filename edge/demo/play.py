"""Playing the demo conversation through the whole pipeline, in front of a subscriber."""

import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

from edge.brokers import embedded
from edge.brokers.embedded import LOOPBACK, EmbeddedBroker
from edge.demo.hearing import Hearing
from edge.demo.scoring import score_demo
from edge.demo.script import RECORDING_PATH, demo_speakers, read_spoken_script
from edge.demo.summary import as_json
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.watch.subscriber import Received
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo


def demo_settings(settings: AppSettings, *, fast: bool) -> AppSettings:
    """The settings with the demo conversation as their source, one speaker per channel, and text while people speak.

    The recogniser is the one that is configured; where it would be chosen, it is pocketsphinx, so that figures compare.
    The words alone are read: the demo's voices are synthesised and express nothing.

    Args:
        settings: What the user configured.
        fast: As fast as it goes, instead of at wall-clock speed.
    """
    speakers = list(demo_speakers())
    source = PartChoice(part="recording", path=str(RECORDING_PATH), speakers=speakers, fast=fast)
    publisher = settings.publisher.model_copy(update={"partials": True})
    return settings.repeatable().words_alone().model_copy(update={"source": source, "publisher": publisher})


def demo_broker(settings: embedded.Settings) -> EmbeddedBroker:
    """The broker of the demo: on the configured ports, or on free ones where those are taken.

    Args:
        settings: The ports to try.
    """
    websocket = settings.websocket_port
    return embedded.create(
        embedded.Settings(
            port=_free_or_any(settings.port), websocket_port=None if websocket is None else _free_or_any(websocket)
        )
    )


async def play(
    settings: AppSettings,
    broker: EmbeddedBroker,
    hear: Callable[[Received], None],
    on_ready: Callable[[SourceInfo], Awaitable[None]],
    started_at: float,
) -> dict[str, Any]:
    """Play the demo and hold what a subscriber heard against the script.

    Args:
        settings: As `demo_settings` gives them.
        broker: Where it is published.
        hear: Called with every message that came back from the broker.
        on_ready: Awaited when everything is ready.
        started_at: When the command began, `time.monotonic` seconds.

    Returns:
        The summary as JSON values.

    Raises:
        UsageError: As `edge.rehearsal.rehearse` does.
    """
    hearing = Hearing()
    ready_s = 0.0

    def hear_both(message: Received) -> None:
        hearing.hear(message)
        hear(message)

    async def ready(info: SourceInfo) -> None:
        nonlocal ready_s
        ready_s = time.monotonic() - started_at
        await on_ready(info)

    report = await rehearse(settings, broker, hear_both, ready)
    score = score_demo(hearing.utterances(), read_spoken_script())
    return as_json(hearing, report, score, ready_s=ready_s, fast=bool(settings.source.own["fast"]))


def _free_or_any(port: int) -> int:
    """The port if nobody listens there, otherwise 0: any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return 0
    return port
