"""Tables of voice and face for the conversations of `tests.tiny_training`, written by hand."""

from pathlib import Path

import numpy as np

from tests.tiny_training import NETWORK

SIZES = {"audio": 3, "video": 2}
READS_ALL = NETWORK | {"features": {"text": 16, **SIZES}}
"""Sizes of a network for the tiny encoder and the tables."""

CONVERSATIONS, UTTERANCES = 8, 4


def write_tables(folder: Path) -> dict[str, str]:
    """Tables for eight conversations of four utterances; who speaks second has a broken voice, and the last no row."""
    names = [f"dia{c}utt{u}" for c in range(CONVERSATIONS) for u in range(1, UTTERANCES + 1)][:-1]
    rows = {name: row for row, name in enumerate(names, start=1)}
    np.save(folder / "rows.npy", np.array(rows, dtype=object), allow_pickle=True)
    chance = np.random.default_rng(0)
    paths = {"rows": str(folder / "rows.npy")}
    for name, width in SIZES.items():
        values = chance.normal(100_000.0, [5.0, 1.0, 1e6][:width], (len(rows) + 1, width))
        if name == "audio":
            values[[row for each, row in rows.items() if each.endswith("utt2")]] = np.nan
        np.save(folder / f"{name}.npy", values)
        paths[name] = str(folder / f"{name}.npy")
    return paths
