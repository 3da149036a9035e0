"""The settings of a training run."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from model.config import Config
from model.encoders import minilm
from model.encoders.tables import TablePaths
from model.modality import Modality
from model.networks import mtml


def _as_corpus(given: object) -> object:
    return {"path": given} if isinstance(given, str | Path) else given


def _as_several(given: object) -> object:
    return given if isinstance(given, list | tuple) else [given]


class Corpus(Config):
    """One file of annotated conversations; a path alone is one in ECF's format."""

    path: Path = Field(description="The file; a relative path starts where the command was called.")
    format: str = Field("ecf", description="Its format: a name that model/datasets/formats.py knows.")


OneCorpus = Annotated[Corpus, BeforeValidator(_as_corpus)]
Corpora = Annotated[tuple[OneCorpus, ...], BeforeValidator(_as_several), Field(min_length=1)]


class Optimisation(Config):
    """How the weights move."""

    epochs: int = Field(4, ge=1, le=100, description="Passes over the training conversations, at most.")
    patience: int = Field(
        0, ge=0, le=100, description="Epochs without a better dev after which a run ends; 0: it never ends early."
    )
    batch: int = Field(4, ge=1, le=1024, description="Conversations a step, at most.")
    utterances: int = Field(
        1024, ge=1, le=8192, description="Utterances a step, at most; a longer conversation is a step by itself."
    )
    alike: int = Field(
        1,
        ge=1,
        le=256,
        description="Batches whose conversations are dealt out by size, so that little is padding; 1: at random.",
    )
    encoder_rate: float = Field(1.2e-4, gt=0, lt=1, description="Peak learning rate of the encoder's upper layers.")
    network_rate: float = Field(4e-4, gt=0, lt=1, description="Peak learning rate of the network.")
    weight_decay: float = Field(0.01, ge=0, lt=1, description="AdamW's decay of matrices.")
    warm_up: float = Field(
        0.1, ge=0, lt=1, description="Share of the steps in which the rates rise; then they fall to zero."
    )
    gradient_norm: float = Field(1.0, gt=0, description="Gradients are cut to this norm.")
    averaging: float = Field(0.997, ge=0, lt=1, description="Weight of the past in the running average of the weights.")
    half_precision: bool = Field(default=True, description="Compute the encoder in bfloat16 while training.")
    half_network: bool = Field(default=False, description="Compute the network in bfloat16, too; for a GPU.")


class Stage(Optimisation):
    """A training before the main one; its weights are where the next one starts."""

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]*$", description="Its folder's name.")
    data: Corpora = Field(description="What to learn from; parts nobody annotated cost nothing.")
    seed: int = Field(0, ge=0, description="A stage is trained once, whatever the seeds of the runs after it.")
    hands_on: Literal["everything", "encoder"] = Field(
        "everything", description="What the next training starts from: all weights, or the encoder's alone."
    )


class Objective(Config):
    """What the weights move towards."""

    emotional_weight: float = Field(
        1.8, gt=0, description="Weight of an emotional utterance's loss on average of the labels; a neutral one's is 1."
    )
    balance: float = Field(
        0.35,
        ge=0,
        le=1,
        description="How much more rare emotions weigh: 0 not at all, 1 so that all weigh the same together.",
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
    pair_ramp: float = Field(
        0.2, ge=0, le=1, description="Share of the training in which the pair loss rises to its weight."
    )
    consistency_weight: float = Field(
        0.1, ge=0, description="Weight of the loss of a pair more probable than its emotion and its cause allow."
    )
    progress_weight: float = Field(
        0.1, ge=0, description="Weight of the loss of a round that is worse than the one before it."
    )


class Presentation(Config):
    """How training conversations are varied, each time they are shown."""

    unknown_speakers: float = Field(0.15, ge=0, le=1, description="Share shown without any speaker's name.")
    recognised_text: float = Field(
        0.3, ge=0, le=1, description="Share shown as a recogniser writes: no case, no punctuation."
    )
    modality_dropout: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Share of utterances shown without some of their modalities, never without all; only with tables.",
    )


class TrainSettings(Config):
    """Everything that decides a training run; relative paths start where the command was called."""

    train: Corpora = Field(description="Conversations to learn from.")
    dev: OneCorpus = Field(description="Conversations to select, calibrate and set the threshold by.")
    stages: tuple[Stage, ...] = Field((), description="What is learned before, in this order.")
    tables: TablePaths | None = Field(
        None, description="Voice and face features of ECF's utterances; network.features names them with their widths."
    )
    results: Path = Field(Path("runs/train"), description="Folder that gets one folder per seed and stage.")
    seeds: tuple[int, ...] = Field(
        (1, 2, 3), min_length=1, description="One run each; the best on dev is named at the end."
    )
    threads: int = Field(2, ge=1, le=256, description="CPU threads to compute with.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where to compute; auto: on a GPU if there is one."
    )
    save_every_s: float = Field(
        120, ge=0, le=3600, description="How often the state is saved that an interrupted run goes on from (seconds)."
    )
    pictures: bool = Field(default=True, description="Draw curves, confusion and reliability into the results folder.")
    encoder: minilm.Settings = Field(minilm.Settings(), description="The text encoder.")
    encoder_weights: Path | None = Field(
        None,
        description="What a stage learned (its learned.safetensors): its encoder takes the place of the published one.",
    )
    network: mtml.Settings = Field(mtml.Settings(), description="The network.")
    optimisation: Optimisation = Field(Optimisation(), description="How the weights move.")
    objective: Objective = Field(Objective(), description="What the weights move towards.")
    presentation: Presentation = Field(Presentation(), description="How conversations are varied.")

    @model_validator(mode="after")
    def _stages_are_told_apart(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError("every stage needs a name of its own")
        return self

    @model_validator(mode="after")
    def _tables_are_what_the_network_reads(self) -> Self:
        given = {Modality.TEXT, *(self.tables.files if self.tables else ())}
        if given != set(self.network.features):
            read, have = (", ".join(m for m in Modality if m in some) for some in (self.network.features, given))
            raise ValueError(f"network.features names {read}, but with these tables there is {have}")
        return self
