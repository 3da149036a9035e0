"""The settings of a training run."""

from pathlib import Path

from pydantic import Field

from model.config import Config
from model.encoders import minilm
from model.networks import mtml


class Optimisation(Config):
    """How the weights move."""

    epochs: int = Field(4, ge=1, le=100, description="Passes over the training conversations.")
    batch: int = Field(4, ge=1, le=64, description="Conversations a step.")
    encoder_rate: float = Field(1.2e-4, gt=0, lt=1, description="Peak learning rate of the encoder's upper layers.")
    network_rate: float = Field(4e-4, gt=0, lt=1, description="Peak learning rate of the network.")
    weight_decay: float = Field(0.01, ge=0, lt=1, description="AdamW's decay of matrices.")
    warm_up: float = Field(
        0.1, ge=0, lt=1, description="Share of the steps in which the rates rise; then they fall to zero."
    )
    gradient_norm: float = Field(1.0, gt=0, description="Gradients are cut to this norm.")
    averaging: float = Field(0.997, ge=0, lt=1, description="Weight of the past in the running average of the weights.")
    half_precision: bool = Field(default=True, description="Compute the encoder in bfloat16 while training.")


class Objective(Config):
    """What the weights move towards."""

    emotional_weight: float = Field(
        1.8, gt=0, description="Weight of an emotional utterance's loss; a neutral one's is 1."
    )
    smoothing: float = Field(0.0, ge=0, lt=1, description="Share of the emotion target spread over all labels.")
    probe_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of an emotion loss read straight from the encoder's features, by a head not kept.",
    )
    cause_weight: float = Field(0.5, ge=0, description="Weight of the cause loss beside the emotion loss.")
    pair_weight: float = Field(0.5, ge=0, description="Weight of the pair loss, summed over an utterance's candidates.")
    pair_positive_weight: float = Field(2.0, gt=0, description="Weight of a true pair's loss; a false one's is 1.")


class Presentation(Config):
    """How training conversations are varied, each time they are shown."""

    unknown_speakers: float = Field(0.15, ge=0, le=1, description="Share shown without any speaker's name.")
    recognised_text: float = Field(
        0.3, ge=0, le=1, description="Share shown as a recogniser writes: no case, no punctuation."
    )


class TrainSettings(Config):
    """Everything that decides a training run; relative paths start where the command was called."""

    train: Path = Field(description="Conversations to learn from, in ECF's format.")
    dev: Path = Field(description="Conversations to select, calibrate and set the threshold by, in ECF's format.")
    results: Path = Field(Path("runs/train"), description="Folder that gets one folder per seed.")
    seeds: tuple[int, ...] = Field(
        (1, 2, 3), min_length=1, description="One run each; the best on dev is named at the end."
    )
    threads: int = Field(2, ge=1, le=256, description="CPU threads to compute with.")
    encoder: minilm.Settings = Field(minilm.Settings(), description="The text encoder.")
    network: mtml.Settings = Field(mtml.Settings(), description="The network.")
    optimisation: Optimisation = Field(Optimisation(), description="How the weights move.")
    objective: Objective = Field(Objective(), description="What the weights move towards.")
    presentation: Presentation = Field(Presentation(), description="How conversations are varied.")
