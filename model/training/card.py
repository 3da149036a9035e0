"""The card that goes with trained weights."""

from dataclasses import asdict

from model.checkpoint import Card, DataTerms
from model.encoders.minilm import MiniLM
from model.training.settings import TrainSettings
from model.training.tuning import DevResult

_ECF = DataTerms(
    name="Emotion-Cause-in-Friends 1.0 (NUSTM/MECPE): train to learn from, dev to select by",
    terms='GPL-3.0, "exclusively for research purposes"',
)
_MINILM = DataTerms(
    name="all-MiniLM-L6-v2 (sentence-transformers), the encoder that was fine-tuned", terms="Apache-2.0"
)


def make_card(settings: TrainSettings, encoder: MiniLM, seed: int, epoch: int, dev: DevResult) -> Card:
    """The card of a network trained on ECF: what it was made from, and how well it did on dev."""
    figures = {name: value for name, value in asdict(dev.scores).items() if isinstance(value, float)}
    return Card(
        encoder_settings=settings.encoder,
        network_settings=settings.network,
        decision=dev.decision,
        frozen_sha256=encoder.frozen_hash(),
        data=(_ECF, _MINILM),
        seed=seed,
        epoch=epoch,
        dev=figures
        | {
            "emotion_calibration_error": dev.emotion_calibration_error,
            "pair_calibration_error": dev.pair_calibration_error,
        },
        training=settings.model_dump(mode="json", include={"optimisation", "objective", "presentation"}),
    )
