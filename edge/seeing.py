"""The camera's side of the program: a small stream of its own, beside that of the sound, which notes faces."""

from collections.abc import Callable
from typing import Final

from edge.sensing import ENCODER
from edge.settings import AppSettings
from model.errors import SettingsError, UndertoneError
from realtime.channel import Channel, Policy
from realtime.clock import Clock
from realtime.events import Event, Health, PartHealth, VideoFrame
from realtime.faces.timeline import FaceTimeline
from realtime.looking import Looking
from realtime.media_clock import MediaClock
from realtime.model_thread import ModelThread
from realtime.parts import PartChoice, load_part, part_settings
from realtime.pipeline import Pipeline, Step, StepStatistics
from realtime.protocols import Camera, CameraInfo, FaceDetector, FaceEncoder, SourceInfo
from realtime.stages.sight import SightStage

DETECTOR: Final = PartChoice(part="cascade")
"""What finds faces where the settings choose nothing: it needs no file."""

_PICTURES: Final = 2  # that may wait to be looked at
_FILM: Final = "recording"


class Seeing:
    """A camera, the worker that looks at its pictures, and the stage that gives each utterance what was seen.

    Pictures that come faster than they can be looked at are dropped, the oldest first, and counted; those of a
    recording that is played as fast as it goes wait instead. No picture is kept.

    Args:
        settings: Which source, and which detector.
        choice: Which camera.
        source: What the source turned out to be.
        clock: For timing.
        media_clock: Places pictures beside the sound.
        say: Takes what the stream of the sound shall know: the health of the camera and of its worker.
        reads: Whether the expressions of faces are read; otherwise they are only found, and nothing is loaded for it.

    Attributes:
        stage: Gives each utterance what was seen.
        looking: Lets pictures pass unseen.

    Raises:
        SettingsError: This camera cannot be used with this source.
        PartMissingError: A library is missing.
    """

    def __init__(
        self,
        settings: AppSettings,
        choice: PartChoice,
        source: SourceInfo,
        clock: Clock,
        media_clock: MediaClock,
        say: Callable[[Event], None],
        *,
        reads: bool = False,
    ) -> None:
        # OpenCV takes a fifth of a second to import, and without a camera nobody needs it.
        from realtime.faces.reader import FaceReader  # noqa: PLC0415
        from realtime.faces.tracker import FaceTracker  # noqa: PLC0415
        from realtime.stages.look import LookStage  # noqa: PLC0415

        choice, fast = _fitting(choice, settings.source, source)
        self._say = say
        self._camera: Camera = load_part("edge.cameras", choice, clock, media_clock)
        detector: FaceDetector = load_part("realtime.face_detectors", settings.face_detector or DETECTOR)
        chosen = settings.face_encoder or ENCODER
        encoder: FaceEncoder | None = load_part("realtime.face_encoders", chosen) if reads else None
        reader = FaceReader(FaceTracker(detector), encoder)
        self._timeline = FaceTimeline()
        self._thread = ModelThread("faces")
        inbox = Channel[Event]("face", _PICTURES, Policy.WAIT if fast else Policy.DROP_OLDEST, may_drop=_is_picture)
        self.looking = Looking(say)
        look = LookStage(reader, self._timeline, self._thread, say, lambda: inbox.dropped, self.looking)
        self._pipeline = Pipeline([Step("face", look, inbox)], clock)
        self.stage = SightStage(self._timeline, waits=fast)

    async def open(self) -> CameraInfo:
        """Open the camera and load the detector and the encoder.

        Raises:
            UsageError: Something the user can mend: no such camera, detector or encoder.
        """
        info = await self._camera.open()
        await self._pipeline.open()
        return info

    async def run(self) -> None:
        """Look at pictures until there are no more; a camera that fails for good leaves the sound alone."""
        self._say(self.looking.corrected(PartHealth("webcam", Health.ONLINE, "")))
        self._say(PartHealth("face", Health.ONLINE, ""))
        try:
            await self._pipeline.run(self._camera.events())
        except UndertoneError as error:
            self._say(PartHealth("webcam", Health.OFFLINE, str(error)))

    async def close(self) -> None:
        """Let the camera go. May be called twice."""
        self._timeline.end()
        await self._camera.close()
        await self._pipeline.close()
        self._thread.close()

    def statistics(self) -> dict[str, StepStatistics]:
        """How many pictures were looked at and dropped, under `face`."""
        return self._pipeline.statistics()


def _fitting(choice: PartChoice, listened_to: PartChoice, source: SourceInfo) -> tuple[PartChoice, bool]:
    """The camera for this source, and whether its pictures wait because the source is played as fast as it goes."""
    given = part_settings("edge.sources", listened_to)
    fast = bool(getattr(given, "fast", False))
    if choice.part == _FILM:
        if listened_to.part == _FILM and choice.own.get("path") is None:
            choice = PartChoice.model_validate(choice.model_dump() | {"path": listened_to.own["path"]})
        return choice, fast or source.words
    if fast or source.words:
        what = "captions have no sound" if source.words else "this recording is played faster than that"
        raise SettingsError(
            f"the camera {choice.part} needs sound as it is spoken, and {what}",
            "Leave --camera away, or take the pictures of the recording: undertone run meeting.mp4 --camera recording",
        )
    return choice, False


def _is_picture(event: Event) -> bool:
    return isinstance(event, VideoFrame)
