"""Every error undertone raises on purpose, split by what the caller can do about it.

UndertoneError
├── UsageError                the user can mend it: the message says how, the command line prints it and exits with 2
│   ├── SettingsError         a setting is unknown, out of range or not allowed
│   ├── PartMissingError      a part was chosen whose library or system package is not installed
│   ├── DataError             a file with conversations or labels cannot be read; names file and line
│   ├── SourceError           sound, pictures or captions cannot be had: no device, or a file unreadable, malformed, …
│   ├── CheckpointError       weights are corrupt, foreign or of another version
│   ├── FetchError            weights cannot be fetched or kept: no network, no room, not what was promised
│   ├── StorageError          what is kept on disk cannot be opened: no right to, no room, damaged, or not undertone's
│   └── BrokerError           the broker refuses, cannot be reached at start, or its port is taken
│       ├── BrokerAwayError   no broker answers at start; the command line exits with 75: trying again may help
│       └── NodeTakenError    another live node bears our name; the command line exits with 3
├── SkippableError            this one item failed; count it, log it with its id, go on
└── LostError                 a device or connection went away; the part retries by itself and reports it
"""

from typing import ClassVar


class UndertoneError(Exception):
    """The root: everything undertone raises on purpose."""


class UsageError(UndertoneError):
    """Something the user can mend. The message is one line and says what to do."""

    exit_code: ClassVar[int] = 2
    """What the command line exits with."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}. {remedy}" if remedy else problem)


class SettingsError(UsageError):
    """A setting is unknown, out of its range or not allowed."""


class PartMissingError(UsageError):
    """A part was chosen whose library or system package is not installed."""


class DataError(UsageError):
    """A file with conversations or labels cannot be read; the message names file and line."""


class SourceError(UsageError):
    """Sound, pictures or captions cannot be had: no such device; an unreadable, malformed, empty or silent file."""


class CheckpointError(UsageError):
    """Weights are corrupt, foreign, or of another version or label set."""


class FetchError(UsageError):
    """Weights cannot be fetched, kept or removed: no network, no room, no right, or not what was promised."""


class StorageError(UsageError):
    """What is kept on disk cannot be opened: no right to, no room, a damaged file, or one that is not undertone's."""


class BrokerError(UsageError):
    """The broker refuses, cannot be reached at start, or its port is taken."""


class BrokerAwayError(BrokerError):
    """No broker answers there now; one that is started later will."""

    exit_code: ClassVar[int] = 75
    """EX_TEMPFAIL of sysexits(3): whoever started us may try again."""


class NodeTakenError(BrokerError):
    """Another live node bears our name at the broker."""

    exit_code: ClassVar[int] = 3


class SkippableError(UndertoneError):
    """One item failed. The worker counts it, logs it with the item's id and goes on."""


class LostError(UndertoneError):
    """A device or connection went away; the part that owns it retries with back-off and reports it."""
