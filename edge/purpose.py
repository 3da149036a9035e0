"""What people are listened to for, by which signs, and what the law has to say about that.

Article 5(1)(f) of Regulation (EU) 2024/1689 (the EU AI Act) prohibits inferring emotions of people at the workplace and
in education institutions from biometric data such as voice and face, except for medical or safety reasons. Words are
not biometric data.
https://eur-lex.europa.eu/eli/reg/2024/1689/oj
"""

from collections.abc import Collection
from enum import StrEnum

from model.errors import SettingsError
from model.modality import Modality


class Purpose(StrEnum):
    """What people are listened to for. It is published with every conversation.

    `customer-service` means the customers: the employee who serves them is at the workplace. `personal-training` means
    practising for oneself, such as a speech (`training` is taken for it); where an institution teaches, it is
    `education`.
    """

    PERSONAL = "personal"
    CUSTOMER_SERVICE = "customer-service"
    RESEARCH = "research"
    MEDICAL = "medical"
    ACCESSIBILITY = "accessibility"
    PERSONAL_TRAINING = "personal-training"
    ENTERTAINMENT = "entertainment"
    WORKPLACE = "workplace"
    EDUCATION = "education"

    @classmethod
    def _missing_(cls, value: object) -> "Purpose | None":
        return cls.PERSONAL_TRAINING if value == "training" else None


LAW = "Article 5(1)(f) of the EU AI Act (Regulation (EU) 2024/1689)"

_PROTECTED = frozenset({Purpose.WORKPLACE, Purpose.EDUCATION})
_BIOMETRIC = {Modality.AUDIO: "voice", Modality.VIDEO: "face"}


def allowed(purpose: Purpose) -> tuple[Modality, ...]:
    """What emotions may be read from for this purpose."""
    return tuple(modality for modality in Modality if purpose not in _PROTECTED or modality not in _BIOMETRIC)


def refuse_unlawful(purpose: Purpose, modalities: Collection[Modality]) -> None:
    """Refuse to read emotions from voice or face where that is prohibited.

    Raises:
        SettingsError: The purpose is `workplace` or `education` and a biometric modality is asked for.
    """
    asked = [word for modality, word in _BIOMETRIC.items() if modality in modalities]
    if purpose in _PROTECTED and asked:
        raise SettingsError(
            f"purpose '{purpose}': {LAW} prohibits inferring emotions from {' and '.join(asked)} there",
            "Allowed is reading the words alone: set modalities: [text]",
        )


def refuse_camera(purpose: Purpose) -> None:
    """Refuse to open a camera where nothing may be read from faces.

    Raises:
        SettingsError: The purpose is `workplace` or `education`.
    """
    if purpose in _PROTECTED:
        raise SettingsError(
            f"purpose '{purpose}': no camera is opened there, because {LAW} prohibits inferring emotions from faces",
            "Leave it away: set camera: null, and run without --camera",
        )


def duty(modalities: Collection[Modality]) -> str | None:
    """What is owed to those whose voice or face is read, in one line; None where neither is."""
    biometric = [word for modality, word in _BIOMETRIC.items() if modality in modalities]
    if not biometric:
        return None
    *first, last = "words", *biometric
    return (
        f"emotions are read from {', '.join(first)} and {last}: tell everybody who is heard or seen; outside of "
        "private life, Article 50(3) of the EU AI Act demands it"
    )


def caution(purpose: Purpose) -> str | None:
    """What to say before people are listened to for this purpose, in one line; None where nothing need be said."""
    if purpose not in _PROTECTED:
        return None
    return (
        f"purpose '{purpose}': emotions are read from words alone, because {LAW} prohibits voice and face there; "
        "tell everybody in the room, and check what labour and data protection law ask of you"
    )
