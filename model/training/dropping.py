"""Utterances shown without some of their modalities, so that a network learns to do with what there is."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import torch
from torch import Tensor

from model.modality import Modality
from model.sensed import Sensed


def drop(sensed: Mapping[Modality, Sensed], share: float, random: Random) -> tuple[dict[Modality, Sensed], Tensor]:
    """Hide modalities of a share of the utterances.

    Of an utterance that has several, words included, one set is hidden of all that leave something, drawn evenly.

    Args:
        sensed: What there is beyond the words of N utterances, all of which have words.
        share: Of the utterances with more than words, 0 to 1.
        random: Draws.

    Returns:
        What is still there, and (N,) whose words are still there.
    """
    present = torch.stack([torch.ones_like(_any(sensed)), *(each.present for each in sensed.values())], -1)
    shown = torch.tensor([_shown(have, share, random) for have in present.tolist()])  # (N, 1 + modalities)
    words, *others = shown.unbind(-1)
    kept = {
        modality: replace(each, present=seen) for (modality, each), seen in zip(sensed.items(), others, strict=True)
    }
    return kept, words


def _shown(have: list[bool], share: float, random: Random) -> list[bool]:
    """Which modalities of one utterance are shown."""
    places = [place for place, there in enumerate(have) if there]
    if len(places) == 1 or random.random() >= share:
        return have
    chosen = random.randrange(1, 2 ** len(places) - 1)  # bits: neither none of them nor all
    kept = {place for bit, place in enumerate(places) if chosen >> bit & 1}
    return [place in kept for place in range(len(have))]


def _any(sensed: Mapping[Modality, Sensed]) -> Tensor:
    return next(iter(sensed.values())).present
