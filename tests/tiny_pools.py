"""Pools of evidence written by hand: people who show what they feel, and say so in log-probabilities."""

from pathlib import Path

import numpy as np

from model.emotions import EKMAN_LABELS


def write_pool(path: Path, people: int = 6, clips: int = 2, certainty: float = 3.0, anonymous: bool = False) -> str:
    """A pool of so many people, the last two of them in `dev`, each with so many clips of every label."""
    chance = np.random.default_rng(people)
    rows = [(person, label) for person in range(people) for label in range(len(EKMAN_LABELS)) for _ in range(clips)]
    scores = [certainty * np.eye(len(EKMAN_LABELS))[label] + chance.normal(0, 0.3, 7) for _, label in rows]
    np.savez(
        path,
        features=np.array([score - score.mean() for score in scores], np.float32),
        labels=np.array([EKMAN_LABELS[label] for _, label in rows]),
        people=np.array([f"{person}-{label}" if anonymous else f"actor{person}" for person, label in rows]),
        part=np.array(["dev" if person >= people - 2 else "train" for person, _ in rows]),
    )
    return str(path)
