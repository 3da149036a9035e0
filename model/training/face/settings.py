"""The settings of a training of the face network."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from model.config import Config
from model.face.network import SIDE
from model.face.network import Settings as NetworkSettings


class Variation(Config):
    """How far a picture is changed, each time it is shown; lengths are shares of half a picture's side."""

    side: int = Field(40, ge=32, le=SIDE, description="Height and width of the pictures shown, pixels.")
    reach: int = Field(40, ge=32, le=SIDE, description="How much of a picture they show, before zoom, pixels.")
    turn: float = Field(0.26, ge=0, le=1, description="Turned by up to so much, to either side (radians).")
    zoom: float = Field(0.15, ge=0, le=0.5, description="Larger or smaller by a factor of up to e to this.")
    shift: float = Field(0.18, ge=0, le=0.5, description="Shifted by up to so much, each way.")
    contrast: float = Field(0.3, ge=0, le=1, description="Contrast is changed by a factor of up to e to this.")
    brightness: float = Field(0.2, ge=0, le=1, description="Brightness is changed by up to so many deviations.")
    mirrored: float = Field(0.5, ge=0, le=1, description="Share shown as in a mirror.")
    hidden: float = Field(0.5, ge=0, le=1, description="Share of which a rectangle is hidden, as by a hand.")
    hidden_least: int = Field(6, ge=1, le=24, description="Its shortest side, pixels.")
    hidden_most: int = Field(17, ge=1, le=24, description="Its longest side, pixels.")

    @model_validator(mode="after")
    def _sides_in_order(self) -> Self:
        if self.hidden_least > self.hidden_most:
            raise ValueError("hidden_least must not exceed hidden_most")
        return self


class Optimisation(Config):
    """How the weights move: stochastic gradient descent, its rate rising and then falling along a cosine."""

    epochs: int = Field(26, ge=1, le=1000, description="Passes over the pictures; none is chosen, the last one counts.")
    batch: int = Field(128, ge=2, le=4096, description="Pictures a step.")
    rate: float = Field(0.08, gt=0, le=1, description="Peak learning rate.")
    momentum: float = Field(0.9, ge=0, lt=1, description="Nesterov's momentum.")
    weight_decay: float = Field(5e-4, ge=0, lt=1, description="Decay of convolutions and matrices.")
    warm_up: float = Field(0.12, gt=0, lt=1, description="Share of the steps in which the rate rises.")
    smoothing: float = Field(0.1, ge=0, lt=1, description="Share of the target spread over all labels.")
    averaging: float = Field(0.998, ge=0, lt=1, description="Weight of the past in the running average of the weights.")
    half_precision: bool = Field(
        default=True, description="Compute in bfloat16; slow on a processor that has neither avx512_bf16 nor AMX."
    )


class FaceTrainSettings(Config):
    """Everything that decides a training of the face network; relative paths start where the command was called."""

    part: Literal["face"] = Field("face", description="What is trained.")
    data: Path = Field(description="Pictures with emotions: an .npz file in the form of FER2013.")
    train: str = Field("train", description="Its pair of arrays to learn from: train for train_x and train_y.")
    dev: str = Field("val", description="Its pair of arrays to measure on; nothing is selected by it.")
    results: Path = Field(Path("runs/face-fer2013"), description="Folder that gets one folder per seed, and the pool.")
    seeds: tuple[int, ...] = Field((1, 2, 3), min_length=1, description="One run each; each leaves out its own part.")
    folds: int = Field(10, ge=2, le=100, description="Parts of the pictures; a run does not see one of them.")
    fold_seed: int = Field(6, ge=0, description="Seed by which pictures are dealt to parts.")
    threads: int = Field(2, ge=1, le=256, description="CPU threads to compute with.")
    begin_from: Path | None = Field(
        None, description="Results of an earlier training: every seed goes on from its own network there."
    )
    network: NetworkSettings = Field(NetworkSettings(), description="Sizes of the network.")
    optimisation: Optimisation = Field(Optimisation(), description="How the weights move.")
    variation: Variation = Field(Variation(), description="How pictures are varied.")

    @model_validator(mode="after")
    def _every_seed_leaves_out_another_part(self) -> Self:
        parts = {seed % self.folds for seed in self.seeds}
        if min(self.seeds) < 1 or len(parts) < len(self.seeds):
            raise ValueError(f"every seed, from 1, needs a part of its own of the {self.folds}")
        return self
