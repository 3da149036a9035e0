"""Voice and face beside the words: which are read, why the others are not, and the steps of the stream that do it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, cast

from edge.settings import AppSettings
from model.baseline import BaselineSettings, PersonBaseline
from model.layers.heads import Projection
from model.modality import Modality
from model.networks.mtml import MTML
from realtime.clock import Clock
from realtime.model_thread import ModelThread
from realtime.parts import PartChoice, load_part
from realtime.protocols import VoiceEncoder
from realtime.sensing import FaceSense, Sense, VoiceSense
from realtime.stage import Stage
from realtime.stages.sense import SenseStage
from realtime.stages.voice import VoiceStage
from realtime.voice_courses import VoiceCourses

ENCODER: Final = PartChoice(part="compact")
"""What reads voices, and what reads faces, where the settings choose nothing: both come with undertone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What emotions are read from in this run.

    Attributes:
        modalities: Those that are read.
        unread: Why each of the others is not, in plain words.
    """

    modalities: tuple[Modality, ...]
    unread: Mapping[Modality, str]


def what_is_read(settings: AppSettings, network: Collection[Modality], *, words: bool) -> Reading:
    """What is asked for, can be had from the source, and the network can read.

    Args:
        settings: What is asked for.
        network: What the network can read.
        words: Whether the source gives words, so that there is no sound.
    """
    judged = {modality: _obstacle(modality, settings, network, words=words) for modality in Modality}
    return Reading(
        modalities=tuple(modality for modality, obstacle in judged.items() if not obstacle),
        unread={modality: obstacle for modality, obstacle in judged.items() if obstacle},
    )


class Sensing:
    """The steps that read voice and face, for the modalities that are read; nothing is loaded for the others.

    The voice encoder has a thread of its own: a large one works for seconds, and nothing else must wait for that.

    Args:
        settings: Which encoders, and when what they say is good enough.
        reading: What is read.
        network: What it expects of voices and faces is what people are like in general.
        clock: For timing.
        unread: Those of what is read that are switched off at this moment.

    Raises:
        PartMissingError: A library of the voice encoder is not installed.
    """

    def __init__(
        self,
        settings: AppSettings,
        reading: Reading,
        network: MTML,
        clock: Clock,
        unread: Callable[[], Collection[Modality]] = tuple,
    ) -> None:
        evidence = settings.evidence
        self._clock = clock
        self._unread = unread
        self._thread = ModelThread("voices")
        self._courses: VoiceCourses | None = None
        self._senses: dict[Modality, Sense] = {}
        if Modality.AUDIO in reading.modalities:
            encoder: VoiceEncoder = load_part("realtime.voice_encoders", settings.voice_encoder or ENCODER)
            self._courses = VoiceCourses(encoder, self._thread)
            baseline = _baseline(evidence.baseline, network, Modality.AUDIO)
            self._senses[Modality.AUDIO] = VoiceSense(self._courses, evidence.voice, baseline)
        if Modality.VIDEO in reading.modalities:
            self._senses[Modality.VIDEO] = FaceSense(_baseline(evidence.baseline, network, Modality.VIDEO))

    def listening(self) -> dict[str, Stage]:
        """The step that hears voices while they speak, where they are read."""
        return {} if self._courses is None else {"voice": VoiceStage(self._courses)}

    def judging(self) -> dict[str, Stage]:
        """The step that gives utterances their evidence, where there is any beside the words."""
        return {"sense": SenseStage(self._senses, self._clock, self._unread)} if self._senses else {}

    def close(self) -> None:
        """End the voice encoder's thread. May be called twice."""
        self._thread.close()


def _baseline(settings: BaselineSettings, network: MTML, modality: Modality) -> PersonBaseline:
    expected = cast("Projection", network.projections[modality.value])
    return PersonBaseline(settings, expected.mean.cpu().numpy())


def _obstacle(modality: Modality, settings: AppSettings, network: Collection[Modality], *, words: bool) -> str:
    """Why a modality is not read; empty where it is."""
    if modality is Modality.AUDIO and words:
        return "captions have no sound"
    if modality is Modality.VIDEO and settings.camera is None:
        return "there is no camera"
    if modality not in settings.modalities:
        return "not asked for"
    if modality in network:
        return ""
    return "the network reads words only" if set(network) == {Modality.TEXT} else "the network does not read it"
