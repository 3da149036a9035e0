"""What to measure, and how thoroughly."""

from typing import Literal

from pydantic import Field

from model.config import Config


class Settings(Config):
    """Of one measurement; they are part of its JSON."""

    sizes: tuple[int, ...] = Field((10, 50, 200, 1_000, 5_000), min_length=1, description="Lengths (utterances).")
    steps: int = Field(500, ge=1, description="Timed steps of each way of computing, per length.")
    turn: int = Field(10, ge=1, description="Steps that a way makes before another has its turn.")
    full_s: float = Field(20.0, gt=0, description="Time for the passes over whole conversations, per length (seconds).")
    lanes: tuple[int, ...] = Field((1, 8, 64, 256), min_length=1, description="Conversations in one step.")
    threads: int = Field(ge=1, description="Threads that every way of computing may use.")
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where it is computed.")
    seed: int = Field(0, ge=0, description="Of speakers, features, drawn parameters and the order within a round.")
    warm_up: int = Field(10, ge=1, description="Untimed steps before the timed ones.")
