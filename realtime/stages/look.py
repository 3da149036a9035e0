"""The stage that looks at pictures: it finds and reads the faces in each and notes them on the timeline."""

from collections.abc import Callable, Sequence

import cv2

from model.errors import SkippableError
from realtime.events import Event, Health, PartHealth, VideoFrame, VideoGap
from realtime.faces.picture import Picture
from realtime.faces.reader import FaceReader
from realtime.faces.timeline import FaceTimeline, Observation
from realtime.looking import Looking
from realtime.model_thread import ModelThread

_PART = "face"
_COUNTED = 50  # pictures between two looks at how many were dropped
_LAGS = 0.2
_KEEPS_UP = 0.05


class LookStage:
    """Turns pictures into observations on a timeline; of a picture itself nothing is kept.

    Args:
        reader: Finds, follows and reads faces; belongs to `thread`.
        timeline: Where what was seen is noted, and that the camera was lost or gives no more pictures.
        thread: Does the work: neither the event loop nor the thread of the networks waits for pictures.
        say: Takes what the stream of the sound shall know: the camera's health, and this stage's own.
        dropped: How many pictures have been dropped before this stage so far.
        looking: Whether pictures are looked at.
    """

    def __init__(
        self,
        reader: FaceReader,
        timeline: FaceTimeline,
        thread: ModelThread,
        say: Callable[[Event], None],
        dropped: Callable[[], int],
        looking: Looking,
    ) -> None:
        self._reader = reader
        self._timeline = timeline
        self._thread = thread
        self._say = say
        self._looking = looking
        self._watch = _DropWatch(dropped)

    async def open(self) -> None:
        """Load the detector and the encoder. Raises UsageError as they do."""
        await self._thread.run(self._reader.open)

    async def process(self, event: Event) -> Sequence[Event]:
        """Note what a picture shows; whatever else comes is said to the stream of the sound."""
        match event:
            case VideoFrame(time_s=time_s) if self._looking.averted:
                self._timeline.skip(time_s)
            case VideoFrame():
                self._timeline.add(await self._thread.run(self._look, event.image, event.time_s))
                if (change := self._watch.notice()) is not None:
                    self._say(change)
            case VideoGap():
                self._timeline.skip(event.until_s)
            case _:
                if isinstance(event, PartHealth) and event.health is Health.OFFLINE:
                    self._timeline.lose()
                self._say(self._looking.corrected(event))
        return ()

    async def flush(self) -> Sequence[Event]:
        """There are no more pictures."""
        self._timeline.end()
        return ()

    async def close(self) -> None:
        """Let nobody wait for pictures any longer; the thread is its owner's."""
        self._timeline.end()

    def _look(self, image: Picture, time_s: float) -> Observation:
        try:
            return self._reader.observe(image, time_s)
        except cv2.error as error:
            raise SkippableError(f"a picture at {time_s:.1f} s could not be looked at: {error.err}") from error


class _DropWatch:
    """Notices when many pictures are dropped, and when few are again, by the last fifty that were looked at."""

    def __init__(self, dropped: Callable[[], int]) -> None:
        self._dropped = dropped
        self._looked = 0
        self._before = 0
        self._lagging = False

    def notice(self) -> PartHealth | None:
        """One more picture was looked at: a change of health, if this makes one."""
        self._looked += 1
        if self._looked % _COUNTED:
            return None
        lost, self._before = self._dropped() - self._before, self._dropped()
        share = lost / (lost + _COUNTED)
        lagging = share > (_KEEPS_UP if self._lagging else _LAGS)
        if lagging == self._lagging:
            return None
        self._lagging = lagging
        if lagging:
            return PartHealth(_PART, Health.LAGGING, f"{share:.0%} of the pictures are dropped: too slow")
        return PartHealth(_PART, Health.ONLINE, "keeps up with the pictures again")
