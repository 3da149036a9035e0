"""What is kept on disk, where, for how long, and what may take it away."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from model.config import Config

_DAY_S: Final = 86_400.0


class Durability(StrEnum):
    """What stored events outlive.

    A process that is killed loses nothing that was stored, with either. A power loss takes, with `process`, what was
    stored since the operating system last wrote to the disk, which is up to a minute; with `power` nothing, for
    which every event waits until the disk has it.
    """

    PROCESS = "process"
    POWER = "power"


def state_folder() -> Path:
    """Where programs of this user keep their state: `$XDG_STATE_HOME/undertone`, `~/.local/state/undertone`."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path("~/.local/state").expanduser()) / "undertone"


class StorageSettings(Config):
    """What is kept on disk: words only until the broker has them."""

    folder: Annotated[Path | None, AfterValidator(lambda folder: folder and folder.expanduser())] = Field(
        default_factory=state_folder,
        description="Where events wait for the broker, words among them, readable for this user only; null keeps them "
        "in memory, where a crash loses them.",
    )
    durability: Annotated[Durability, BeforeValidator(str)] = Field(
        default=Durability.PROCESS,
        description="What stored events outlive: process for a kill, which costs nothing; power also for a power loss, "
        "which costs a wait for the disk each time.",
    )
    most_events: int = Field(
        default=100_000, ge=10, le=10_000_000, description="Events kept while the broker is away; then the oldest go."
    )
    longest_days: float = Field(
        default=7.0, gt=0.0, le=365.0, description="For how long anything is kept that the broker did not take, days."
    )
    resume: bool = Field(
        default=True,
        description="Whether a conversation goes on after a crash; its last utterances are kept until it ends.",
    )

    @property
    def longest_s(self) -> float:
        """`longest_days` in seconds."""
        return self.longest_days * _DAY_S
