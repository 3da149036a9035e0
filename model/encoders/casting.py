"""Voices and faces lent to conversations that have only words: speakers are cast, and show what clips of others show.

No set at hand has the text, the sound and the picture of the same conversations. So every speaker is cast as one person
of a pool, and per utterance one of that person's clips is drawn by label: mostly of what the utterance carries, at
times of something else, or of nothing. What a network says of lent evidence is no figure of a multimodal data set.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator

from model.baseline import BaselineSettings, PersonBaseline
from model.config import Config
from model.conversation import Conversation, Utterance
from model.datasets.evidence_pools import Pool
from model.emotions import EKMAN_LABELS, NEUTRAL
from model.encoders.tables import Normalisation
from model.evidence import EVIDENCE_WIDTH
from model.modality import Modality
from model.sensed import Sensed

_NEUTRAL = EKMAN_LABELS.index(NEUTRAL)
_EMOTIONAL = tuple(index for index in range(len(EKMAN_LABELS)) if index != _NEUTRAL)
_USUAL_S = 3.0  # how long an utterance without times is taken to last
_EXPECTING = 0  # seed of the draw that tells what to expect


class Show(StrEnum):
    """What a voice or a face shows of the emotion that an utterance carries."""

    THE_SAME = "the same"
    NEUTRAL = "neutral"
    ANOTHER = "another emotion"
    NOISE = "noise"
    NOTHING = "nothing"


class Shares(Config):
    """How often lent evidence is there, and how often it differs from what the utterance carries."""

    nothing: float = Field(0.3, ge=0, lt=1, description="Share of utterances without a voice, or without a face.")
    neutral: float = Field(
        0.2, ge=0, le=1, description="Of the others, share that shows neutral, as people often show nothing."
    )
    another: float = Field(0.15, ge=0, le=1, description="Of the others, share that shows an emotion drawn at random.")
    noise: float = Field(0.05, ge=0, le=1, description="Of the others, share of numbers that mean nothing.")

    @model_validator(mode="after")
    def _leave_some_agreement(self) -> Self:
        if self.neutral + self.another + self.noise > 1:
            raise ValueError("neutral, another and noise are shares of the same: together at most 1")
        return self

    def draw(self, random: Random) -> Show:
        """What the next one shows."""
        if random.random() < self.nothing:
            return Show.NOTHING
        chance = random.random()
        for show, share in ((Show.NEUTRAL, self.neutral), (Show.ANOTHER, self.another), (Show.NOISE, self.noise)):
            if chance < share:
                return show
            chance -= share
        return Show.THE_SAME


Shown = Callable[[Modality, Utterance], Show]
"""Says what an utterance shows in a modality."""


class Cast:
    """The people of pools, who lend conversations their voices and faces.

    Args:
        pools: Who there is, per modality.
        expected: What a network expects of the vectors; its mean is what people are like in general.
        baseline: How a person's own mean is subtracted, as it is from live ones.
    """

    def __init__(
        self,
        pools: Mapping[Modality, Pool],
        expected: Mapping[Modality, Normalisation],
        baseline: BaselineSettings,
    ) -> None:
        self._pools, self._baseline = pools, baseline
        self._populations = {modality: expected[modality].mean.numpy() for modality in pools}

    def lend(self, conversation: Conversation, shown: Shown, random: Random) -> dict[Modality, Sensed]:
        """Evidence for a conversation, its speakers cast anew; none where nobody annotated emotions.

        Args:
            conversation: Its emotions are looked at: they are what is shown, or differed from.
            shown: What is shown of them.
            random: Draws people and clips.
        """
        return {modality: self._sensed(modality, conversation, shown, random) for modality in self._pools}

    def _sensed(self, modality: Modality, conversation: Conversation, shown: Shown, random: Random) -> Sensed:
        pool = self._pools[modality]
        baseline = PersonBaseline(self._baseline, self._populations[modality])
        roles = _roles(pool, conversation, random)
        features = np.zeros((len(conversation.utterances), EVIDENCE_WIDTH), np.float32)
        present = np.zeros(len(features), np.bool_)
        for utterance, emotion in zip(conversation.utterances, conversation.emotions or (), strict=False):
            show = shown(modality, utterance)
            vector = _clip(pool, roles[utterance.speaker], show, EKMAN_LABELS.index(emotion), random)
            if vector is not None:
                features[utterance.index] = baseline.subtract(utterance.speaker, vector, _seconds(utterance))
                present[utterance.index] = True
        return Sensed(torch.from_numpy(features), torch.from_numpy(present))


def expected(
    pools: Mapping[Modality, Pool], shares: Shares, train: Sequence[Conversation]
) -> dict[Modality, Normalisation]:
    """What a network has to expect of evidence that is lent to these conversations in these shares."""
    random = Random(_EXPECTING)
    return {modality: _expected(pool, shares, train, random) for modality, pool in pools.items()}


def _expected(pool: Pool, shares: Shares, train: Sequence[Conversation], random: Random) -> Normalisation:
    drawn = []
    for conversation in train:
        roles = _roles(pool, conversation, random)
        for utterance, emotion in zip(conversation.utterances, conversation.emotions or (), strict=False):
            label = EKMAN_LABELS.index(emotion)
            drawn.append(_clip(pool, roles[utterance.speaker], shares.draw(random), label, random))
    there = np.stack([vector for vector in drawn if vector is not None] or [np.zeros(EVIDENCE_WIDTH, np.float32)])
    scale = np.where(there.std(0) > 0, there.std(0), 1.0).astype(np.float32)
    return Normalisation(torch.from_numpy(there.mean(0)), torch.from_numpy(scale))


def _roles(pool: Pool, conversation: Conversation, random: Random) -> dict[str, str]:
    """Per speaker, as whom they are cast: each as somebody else as long as there are enough people."""
    speakers = list(dict.fromkeys(utterance.speaker for utterance in conversation.utterances))
    people = random.sample(pool.people, min(len(speakers), len(pool.people)))
    return {speaker: people[number % len(people)] for number, speaker in enumerate(speakers)}


def _clip(pool: Pool, person: str, show: Show, gold: int, random: Random) -> NDArray[np.float32] | None:
    """One (7,) vector; None where nothing is shown, or the person has no clip of it."""
    if show is Show.NOTHING:
        return None
    if show is Show.NOISE:
        chance = np.random.default_rng(random.getrandbits(32))
        return pool.spread * chance.standard_normal(EVIDENCE_WIDTH, np.float32)
    clips = pool.clips[person].get(_label(show, gold, random))
    if clips is None:
        return None
    vector: NDArray[np.float32] = pool.features[clips[random.randrange(len(clips))]]
    return vector


def _label(show: Show, gold: int, random: Random) -> int:
    if show is Show.NEUTRAL:
        return _NEUTRAL
    if show is Show.ANOTHER:
        return random.choice([index for index in _EMOTIONAL if index != gold])
    return gold


def _seconds(utterance: Utterance) -> float:
    if utterance.start_s is None or utterance.end_s is None or utterance.end_s <= utterance.start_s:
        return _USUAL_S
    return utterance.end_s - utterance.start_s
