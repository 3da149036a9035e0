"""Whether the settings can be read and are all known, and what they ask of whoever listens to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.configuration import Configuration
from edge.doctor.check import Finding, ok, problem, warning
from edge.purpose import Purpose, caution
from model.errors import UsageError


@dataclass(frozen=True, slots=True)
class SettingsCheck:
    """Looks at what reading the settings gave.

    Attributes:
        outcome: The settings, or why there are none.
    """

    name: ClassVar[str] = "settings"
    limit_s: ClassVar[float] = 1.0

    outcome: Configuration | UsageError

    async def look(self) -> Sequence[Finding]:
        """Whether they are there, and what the law and politeness have to say about them."""
        if isinstance(self.outcome, UsageError):
            return [problem(self.outcome.problem, self.outcome.remedy)]
        settings = self.outcome.settings
        findings = [ok(f"{self.outcome.origins.file.name} and the environment: all known, all within their ranges")]
        if (cautious := caution(settings.purpose)) is not None:
            findings.append(
                warning(cautious, f"undertone run says it, too; what is told people: {_told(settings.notice)}")
            )
        if settings.purpose is not Purpose.PERSONAL and not settings.notice:
            findings.append(
                warning(
                    "people are listened to, and nothing says how they were told", "Set notice: 'how you tell them'"
                )
            )
        return findings


def _told(notice: str) -> str:
    return f"“{notice}”" if notice else "nothing"
