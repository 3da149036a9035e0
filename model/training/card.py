"""The card that goes with trained weights."""

from collections.abc import Iterable
from dataclasses import asdict

from model.checkpoint import Card, DataTerms
from model.encoders.minilm import MiniLM
from model.training.settings import TrainSettings
from model.training.tuning import DevResult

_TERMS = {
    "ecf": ("Emotion-Cause-in-Friends 1.0 (NUSTM/MECPE)", 'GPL-3.0, "exclusively for research purposes"'),
    "semeval": ("Emotion-Cause-in-Friends 2.0 (SemEval-2024 Task 3)", 'GPL-3.0, "exclusively for research purposes"'),
    "meld": ("MELD (declare-lab/MELD)", "GPL-3.0"),
    "reccon": ("RECCON, DailyDialog part (declare-lab/RECCON)", "none stated; DailyDialog itself is CC BY-NC-SA 4.0"),
    "goemotions": ("GoEmotions, mapped to Ekman's labels (google-research)", "Apache-2.0"),
    "iemocap": ("IEMOCAP (SAIL, University of Southern California)", "by licence agreement with its authors, research"),
}
"""By format: what the data set is called, and its terms as its source states them."""

_MINILM = DataTerms(
    name="all-MiniLM-L6-v2 (sentence-transformers), the encoder that was fine-tuned", terms="Apache-2.0"
)


def make_card(settings: TrainSettings, encoder: MiniLM, seed: int, epoch: int, dev: DevResult) -> Card:
    """The card of a network: what it was made from, and how well it did on dev."""
    figures = {name: value for name, value in asdict(dev.scores).items() if isinstance(value, float)}
    return Card(
        encoder_settings=settings.encoder,
        network_settings=settings.network,
        decision=dev.decision,
        frozen_sha256=encoder.frozen_hash(),
        data=(*_terms(settings), _MINILM),
        seed=seed,
        epoch=epoch,
        dev=figures
        | {
            "emotion_calibration_error": dev.emotion_calibration_error,
            "pair_calibration_error": dev.pair_calibration_error,
        },
        training=settings.model_dump(
            mode="json",
            include={"optimisation": True, "objective": True, "presentation": True, "stages": True},
            exclude={"stages": {"__all__": {"data"}}},  # what it was is in `data`, where it was is nobody's business
        ),
    )


def _terms(settings: TrainSettings) -> tuple[DataTerms, ...]:
    """Every data set that was used, once, with what it was used for."""
    uses: dict[str, list[str]] = {}
    for stage in settings.stages:
        for corpus in stage.data:
            uses.setdefault(corpus.format, []).append(f"stage {stage.name}")
    for corpus in settings.train:
        uses.setdefault(corpus.format, []).append("train to learn from")
    uses.setdefault(settings.dev.format, []).append("dev to select by")
    terms = [_term(name, dict.fromkeys(purposes)) for name, purposes in uses.items()]
    if settings.encoder_weights is not None:
        terms.append(DataTerms(name="An encoder that another training left", terms="those of what it was trained on"))
    if settings.tables is not None:
        terms.append(DataTerms(name="Voice and face features of ECF (NUSTM/MECPE)", terms=_TERMS["ecf"][1]))
    return tuple(terms)


def _term(data_format: str, purposes: Iterable[str]) -> DataTerms:
    name, terms = _TERMS.get(data_format, (data_format, "ask whoever gave the file"))
    return DataTerms(name=f"{name}: {', '.join(purposes)}", terms=terms)
