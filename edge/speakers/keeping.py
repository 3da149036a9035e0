"""For how long the voices of enrolled people are kept."""

from datetime import UTC, datetime

from edge.settings import AppSettings
from realtime.parts import part_settings
from realtime.voices.enrolment import Enrolment
from realtime.voices.people import VoiceSettings


def kept_days(settings: AppSettings) -> float | None:
    """For how many days; None for ever. Where the diarizer knows no voices, as long as if it did.

    Raises:
        SettingsError: The diarizer has no such setting.
        PartMissingError: A library that it needs is not installed.
    """
    chosen = part_settings("realtime.diarizers", settings.diarizer)
    return (chosen if isinstance(chosen, VoiceSettings) else VoiceSettings()).enrolled_days


def kept_words(person: Enrolment, days: float | None, now: datetime | None = None) -> str:
    """How old an enrolment is and until when it is kept, for people."""
    age = ((now or datetime.now(UTC)) - person.enrolled).days
    until = person.until(days)
    kept = "until somebody removes it" if until is None else f"until {until:%Y-%m-%d}"
    return f"{age} {'day' if age == 1 else 'days'} old, kept {kept}"
