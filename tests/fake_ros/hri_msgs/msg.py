from dataclasses import dataclass, field

from std_msgs.msg import Header


@dataclass(slots=True)
class Expression:
    header: Header = field(default_factory=Header)
    expression: str = ""
    valence: float = 0.0
    arousal: float = 0.0
    confidence: float = 0.0


@dataclass(slots=True)
class IdsList:
    header: Header = field(default_factory=Header)
    ids: list = field(default_factory=list)


@dataclass(slots=True)
class LiveSpeech:
    header: Header = field(default_factory=Header)
    incremental: str = ""
    final: str = ""
    confidence: float = 0.0
    language: str = ""
