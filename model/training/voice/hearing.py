"""Clips as the front end hears them, each in several variations: heard once, and kept beside the results."""

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.datasets import emodb, ravdess
from model.datasets.clips import Clip, read_sound
from model.training.voice.settings import VoiceTraining
from model.training.voice.variation import trimmed, varied
from model.voice import blocks, course, prosody
from model.voice.blocks import VECTOR, pooled
from model.voice.course import Course
from model.voice.labels import VOICE_LABELS
from model.voice.trunk import Trunk

_LONGEST_S = 3600.0
_SEED = 5  # of the variations, which are the same whatever else is drawn
_SOURCES = (blocks, course, prosody)


@dataclass(frozen=True, slots=True)
class Heard:
    """N clips in K variations; the first is the clip itself.

    Attributes:
        features: (N, K, V).
        labels: (N,) places in `VOICE_LABELS`.
        possible: (N, 9) the labels that the clip's set tells apart.
        people: (N,) who speaks.
    """

    features: Tensor
    labels: Tensor
    possible: Tensor
    people: NDArray[np.str_]

    def of(self, chosen: Tensor) -> "Heard":
        """Some of the clips: (N,) which."""
        return Heard(self.features[chosen], self.labels[chosen], self.possible[chosen], self.people[chosen.numpy()])


def hear(settings: VoiceTraining, heard: Callable[[int, int], None]) -> Heard:
    """All clips of both sets.

    Args:
        settings: Where they are, and how many variations there shall be.
        heard: Told how many clips are heard, and of how many.

    Raises:
        DataError: A set cannot be read.
        PartMissingError: resemblyzer is not installed.
    """
    sets = ((ravdess.load(settings.ravdess), ravdess.LABELS), (emodb.load(settings.emodb), emodb.LABELS))
    clips = [clip for each, _ in sets for clip in each]
    features = _features(clips, settings, heard)
    return Heard(
        torch.from_numpy(features),
        torch.tensor([VOICE_LABELS.index(clip.label) for clip in clips]),
        torch.tensor([[label in labels for label in VOICE_LABELS] for each, labels in sets for _ in each]),
        np.array([clip.person for clip in clips]),
    )


def _features(clips: Sequence[Clip], settings: VoiceTraining, heard: Callable[[int, int], None]) -> NDArray[np.float32]:
    kept = settings.results / f"heard-{_digest(clips, settings.variants)}.npy"
    shape = (len(clips), settings.variants + 1, VECTOR)
    if kept.exists() and (features := _kept(kept)) is not None and features.shape == shape:
        return features
    trunk = Trunk.load()
    features = np.empty(shape, np.float32)
    for number, clip in enumerate(clips):
        features[number] = _listen(trunk, clip, number, settings.variants)
        heard(number + 1, len(clips))
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part.npy")
    np.save(part, features)
    part.replace(kept)
    return features


def _listen(trunk: Trunk, clip: Clip, number: int, variants: int) -> NDArray[np.float32]:
    random = np.random.default_rng((number, _SEED))
    sound = read_sound(clip.path)
    sounds = [trimmed(sound, random), *(varied(trimmed(sound, random), random) for _ in range(variants))]
    rows = []
    for each in sounds:
        heard = Course(trunk)
        heard.push(each)
        rows.append(pooled(heard.between(0.0, _LONGEST_S)))
    return np.stack(rows)


def _kept(path: Path) -> NDArray[np.float32] | None:
    """What was heard before; None where it was cut off, and is heard anew."""
    try:
        features: NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile):
        return None
    return features


def _digest(clips: Sequence[Clip], variants: int) -> str:
    """Names what was heard, and by which front end."""
    digest = hashlib.sha256(str(variants).encode())
    for clip in clips:
        digest.update(f"{clip.path.name} {clip.path.stat().st_size}\n".encode())
    for module in _SOURCES:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:12]
