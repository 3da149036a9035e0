"""Whether the pipeline keeps up with the room."""

from realtime.events import Event, Health, PartHealth, Understood

_BEHIND_S = 2.0
_CAUGHT_UP_S = 1.0


class LagWatch:
    """Notices when results come too late, and when they have caught up again.

    An utterance is late when more than 2 s passed between the decision that it had ended and its result; the pipeline
    has caught up once that is below 1 s.
    """

    def __init__(self) -> None:
        self._lagging = False

    def notice(self, event: Event, now_s: float) -> PartHealth | None:
        """A change of health, if this result makes one.

        Args:
            event: What is about to be published.
            now_s: The moment, seconds of the pipeline's clock.
        """
        if not isinstance(event, Understood) or event.latency is None:
            return None
        behind_s = now_s - event.latency.spoken_at - event.latency.endpoint_s
        late = behind_s > (_CAUGHT_UP_S if self._lagging else _BEHIND_S)
        if late == self._lagging:
            return None
        self._lagging = late
        if late:
            return PartHealth("analyse", Health.LAGGING, f"results are {behind_s:.1f} s behind the room")
        return PartHealth("analyse", Health.ONLINE, "results have caught up with the room")
