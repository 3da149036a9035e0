"""The settings of a training of the voice network."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from model.config import Config
from model.voice import network as voice_network


class Fit(Config):
    """How the weights move."""

    epochs: int = Field(30, ge=1, le=1000, description="Passes over the clips.")
    batch: int = Field(256, ge=2, le=8192, description="Clips a step.")
    rate: float = Field(1e-3, gt=0, lt=1, description="Peak learning rate; it falls to zero.")
    weight_decay: float = Field(0.05, ge=0, lt=10, description="AdamW's decay.")
    smoothing: float = Field(0.1, ge=0, lt=1, description="Share of the target spread over all labels of its set.")


class VoiceTraining(Config):
    """Everything that decides a training of the voice network; relative paths start where the command was called."""

    part: Literal["voice"] = Field(description="What is trained.")
    ravdess: Path = Field(description="Folder with RAVDESS's spoken clips.")
    emodb: Path = Field(description="Folder with EmoDB's clips.")
    results: Path = Field(Path("runs/voice"), description="Folder for the checkpoint, the pool and the figures.")
    variants: int = Field(6, ge=0, le=100, description="Variations of every clip, beside the clip itself.")
    folds: int = Field(
        5, ge=2, le=10, description="Groups of people; each is judged by a network that knows none of it."
    )
    seeds: tuple[int, ...] = Field((1, 2, 3), min_length=1, description="One cross-validation each.")
    threads: int = Field(2, ge=1, le=256, description="CPU threads to compute with.")
    network: voice_network.Settings = Field(voice_network.Settings(), description="Sizes of the network.")
    fit: Fit = Field(Fit(), description="How the weights move.")
