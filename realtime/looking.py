"""Not looking for a while: a camera's pictures pass unseen while anybody wants it so."""

from collections.abc import Callable
from typing import Final

from realtime.events import Event, Health, PartHealth

_PART: Final = "webcam"


class Looking:
    """Whether pictures are looked at, and who wants them not to be. From the event loop only.

    Args:
        say: Puts an event into the stream.
    """

    def __init__(self, say: Callable[[Event], None]) -> None:
        self._say = say
        self._reasons: dict[str, str] = {}

    @property
    def averted(self) -> bool:
        """Whether pictures are dropped unseen."""
        return bool(self._reasons)

    def avert(self, holder: str, reason: str) -> None:
        """Look at no picture until this holder, and everybody else, wants it again; the reason is published."""
        before = self.averted
        self._reasons.setdefault(holder, reason)
        if not before:
            self._say(self.health())

    def look(self, holder: str) -> None:
        """Look again, unless somebody else wants it not; who did not want that may say so, too."""
        before = self.averted
        self._reasons.pop(holder, None)
        if before and not self.averted:
            self._say(self.health())

    def health(self) -> PartHealth:
        """How the camera is doing as far as this goes."""
        for reason in self._reasons.values():
            return PartHealth(_PART, Health.DISABLED, reason)
        return PartHealth(_PART, Health.ONLINE, "looking again")

    def corrected(self, event: Event) -> Event:
        """An event of the camera: that it is there says nothing while it is not looked through."""
        back = isinstance(event, PartHealth) and event.part == _PART and event.health is Health.ONLINE
        return self.health() if back and self.averted else event
