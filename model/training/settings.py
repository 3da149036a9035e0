"""The settings of a training run."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from model.baseline import BaselineSettings
from model.config import Config
from model.encoders import casting, minilm
from model.encoders.tables import TablePaths
from model.evidence import EVIDENCE_WIDTH
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
    harm_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the loss of making a right emotion less probable than words alone; with begin_from.",
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
        description="Share of utterances shown without some of their modalities, never without all.",
    )


class LentEvidence(Config):
    """Voices and faces of other people, lent to the conversations by label; see `model.encoders.casting`."""

    voice: Path | None = Field(None, description="A pool of voices, .npz; its part `dev` is for dev alone.")
    face: Path | None = Field(None, description="A pool of faces, .npz; its part `dev` is for dev alone.")
    shares: casting.Shares = Field(casting.Shares(), description="How often they agree with the words' annotation.")
    baseline: BaselineSettings = Field(BaselineSettings(), description="How a person's own mean is subtracted.")
    dev_seed: int = Field(0, ge=0, description="Of what is drawn for dev, once for all epochs and runs.")
    data: dict[str, str] = Field(
        min_length=1, description="What the pools were made from, and the terms of each as its source states them."
    )

    @model_validator(mode="after")
    def _any_pool(self) -> Self:
        if not self.pools:
            raise ValueError("give voice, face or both")
        return self

    @property
    def pools(self) -> dict[Modality, Path]:
        """The pools that are given."""
        given = {Modality.AUDIO: self.voice, Modality.VIDEO: self.face}
        return {modality: path for modality, path in given.items() if path is not None}

    @property
    def widths(self) -> dict[Modality, int]:
        """Features per modality that is lent."""
        return dict.fromkeys(self.pools, EVIDENCE_WIDTH)


class TrainSettings(Config):
    """Everything that decides a training run; relative paths start where the command was called."""

    train: Corpora = Field(description="Conversations to learn from.")
    dev: OneCorpus = Field(description="Conversations to select, calibrate and set the threshold by.")
    stages: tuple[Stage, ...] = Field((), description="What is learned before, in this order.")
    tables: TablePaths | None = Field(
        None, description="Voice and face features of ECF's utterances; network.features names them with their widths."
    )
    evidence: LentEvidence | None = Field(
        None, description="Voices and faces that are lent where no set has them; not together with tables."
    )
    begin_from: Path | None = Field(
        None,
        description="Folder of a checkpoint that reads words alone. Its weights and its decision stay as they are: "
        "what is learned is what the network has beyond it, to read tables or evidence.",
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
    def _one_way_to_voice_and_face(self) -> Self:
        if self.tables and self.evidence:
            raise ValueError("tables hold ECF's own voices and faces, evidence lends others: give one of them")
        if self.begin_from and not self.beyond_words:
            raise ValueError("begin_from leaves nothing to learn without evidence or tables: give one of them")
        if self.objective.harm_weight and not self.begin_from:
            raise ValueError("objective.harm_weight holds the network against words alone: give begin_from")
        if self.begin_from and (self.stages or self.encoder_weights):
            raise ValueError("begin_from is where the training begins: leave stages and encoder_weights out")
        return self

    @model_validator(mode="after")
    def _what_there_is_is_what_the_network_reads(self) -> Self:
        if self.begin_from and "network" not in self.model_fields_set:
            return self
        given = {Modality.TEXT, *self.beyond_words}
        if given != set(self.network.features):
            read, have = (", ".join(m for m in Modality if m in some) for some in (self.network.features, given))
            raise ValueError(f"network.features names {read}, but with these tables or evidence there is {have}")
        return self

    @property
    def beyond_words(self) -> tuple[Modality, ...]:
        """What there is to learn from beside the words."""
        if self.evidence:
            return tuple(self.evidence.pools)
        return tuple(self.tables.files) if self.tables else ()
