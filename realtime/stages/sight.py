"""The stage that gives each utterance what the camera saw meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

from realtime.events import ConversationStarted, Event, Heard
from realtime.faces.timeline import FaceTimeline
from realtime.orders import Forget
from realtime.recovery import ConversationResumed


class SightStage:
    """Adds to every `Heard` the sighting of its stretch.

    A live camera is never waited for: its pictures come faster than an utterance ends, or not at all.

    Args:
        timeline: What was seen.
        waits: Whether to wait for pictures that are still to come, as where a recording is played as fast as it goes.
    """

    def __init__(self, timeline: FaceTimeline, *, waits: bool) -> None:
        self._timeline = timeline
        self._waits = waits
        self._conversation: str | None = None

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        """The event, an utterance with its sighting; of who has opted out nothing is looked up."""
        match event:
            case ConversationStarted(conversation=conversation) | ConversationResumed(conversation=conversation):
                self._conversation = conversation
            case Forget(met=True) if event.is_about(self._conversation):  # whose face is whose is not known
                event.removed["pictures"] += self._timeline.forget()
            case _:
                pass
        if not isinstance(event, Heard) or event.withheld:
            return (event,)
        start_s, end_s = event.transcript.start_s, event.transcript.end_s
        if self._waits:
            await self._timeline.reached(end_s)
        return (replace(event, sighting=self._timeline.sighting(start_s, end_s)),)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""
