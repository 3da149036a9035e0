"""Which checks there are, made of the settings."""

from collections.abc import Sequence
from typing import Final

from edge.configuration import Configuration
from edge.doctor.check import Check
from edge.doctor.checks.access import AccessCheck
from edge.doctor.checks.broker import BrokerCheck
from edge.doctor.checks.camera import CameraCheck
from edge.doctor.checks.clock import ClockCheck
from edge.doctor.checks.disk import DiskCheck
from edge.doctor.checks.evidence import EvidenceCheck
from edge.doctor.checks.gpu import GpuCheck
from edge.doctor.checks.memory import MemoryCheck
from edge.doctor.checks.network import NetworkCheck
from edge.doctor.checks.packages import PackagesCheck
from edge.doctor.checks.permissions import PermissionsCheck
from edge.doctor.checks.recogniser import RecogniserCheck
from edge.doctor.checks.settings import SettingsCheck
from edge.doctor.checks.sound import SoundCheck
from edge.doctor.checks.speakers import SpeakersCheck
from edge.settings import LANGUAGE, AppSettings
from model.errors import UsageError
from realtime.parts import PartChoice
from realtime.recognition.candidates import fetched
from realtime.recognition.catalogue import MODELS

_PIPELINE_MB: Final = 750  # measured: networks, libraries and broker, while the demo played
_SPHINX_MB: Final = 410  # measured: four channels
_DECODING: Final = 2  # times the weights, while an utterance is decoded
_UNKNOWN_MB: Final = 1_000


def checks(outcome: Configuration | UsageError, *, listen: bool) -> Sequence[Check]:
    """All checks, in the order of their lines; without settings, those that need none.

    Args:
        outcome: The settings, or why there are none.
        listen: Whether a second may be listened to.
    """
    machine = (ClockCheck(), DiskCheck(), GpuCheck(), PermissionsCheck())
    if isinstance(outcome, UsageError):
        return (SettingsCheck(outcome), PackagesCheck(), *machine)
    settings = outcome.settings
    return (
        SettingsCheck(outcome),
        PackagesCheck(),
        SoundCheck(settings, listen),
        CameraCheck(settings.camera),
        RecogniserCheck(settings.transcriber),
        SpeakersCheck(settings.diarizer),
        EvidenceCheck(settings),
        NetworkCheck(settings.network.checkpoint),
        BrokerCheck(settings),
        AccessCheck(settings.publisher),
        MemoryCheck(needed_mb(settings)),
        *machine,
    )


def needed_mb(settings: AppSettings) -> int:
    """Memory that these settings need, MiB: about what was measured, and for fetched weights what they must take."""
    return _PIPELINE_MB + _recogniser_mb(settings.transcriber)


def _recogniser_mb(transcriber: PartChoice) -> int:
    """Memory of the recogniser; of `auto` that of the best whose weights are here, which is tried first."""
    if transcriber.part in {"pocketsphinx", "auto"}:
        here = fetched(LANGUAGE) if transcriber.part == "auto" else []
        return max([_SPHINX_MB, *(_DECODING * model.memory_mb for model in here[:1])])
    wanted = str(transcriber.own.get("model", ""))
    fitting = [each for each in MODELS if each.part == transcriber.part and wanted and each.name.endswith(wanted)]
    return _DECODING * fitting[0].memory_mb if fitting else _UNKNOWN_MB
