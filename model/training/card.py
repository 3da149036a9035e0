"""The card that goes with trained weights."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from model.checkpoint import Card, DataTerms
from model.encoders.minilm import MiniLM
from model.modality import Modality
from model.training.progress import Epoch
from model.training.settings import TrainSettings

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


_LENT = (
    "no set at hand has ECF's text, sound and picture together: voice and face vectors were sampled by label from "
    "other people, and figures with them are not multimodal ECF"
)


def make_card(settings: TrainSettings, encoder: MiniLM, seed: int, epoch: Epoch, begun: Card | None = None) -> Card:
    """The card of a network: what it was made from, and how well it did on dev.

    Args:
        settings: Of the training.
        encoder: As it is stored.
        seed: Of the run.
        epoch: The best one.
        begun: The card of the checkpoint that the training began from and left as it is.
    """
    dev = epoch.dev
    figures = {name: value for name, value in asdict(dev.scores).items() if isinstance(value, float)}
    return Card(
        encoder_settings=settings.encoder,
        network_settings=settings.network,
        decision=dev.decision,
        frozen_sha256=encoder.frozen_hash(),
        data=_made_from(settings, begun),
        seed=seed,
        epoch=epoch.number,
        dev=figures
        | {
            "emotion_calibration_error": dev.emotion_calibration_error,
            "pair_calibration_error": dev.pair_calibration_error,
        },
        training=_training(settings, begun),
    )


def _training(settings: TrainSettings, begun: Card | None) -> dict[str, Any]:
    """The settings of the run: what data there was is in the card's `data`, where it was is nobody's business."""
    given = settings.model_dump(
        mode="json",
        include={"optimisation": True, "objective": True, "presentation": True, "stages": True, "evidence": True},
        exclude={"stages": {"__all__": {"data"}}, "evidence": {"voice", "face", "data"}},
    )
    if settings.evidence is not None:
        given["evidence"]["note"] = _LENT
    if begun is not None:
        given["began_from"] = {
            "weights_sha256": begun.weights_sha256,
            "frozen": "encoder, network and decision, as they were there; learned is what the network has beyond them",
            "dev": begun.dev,
            "training": begun.training,
        }
    return {name: value for name, value in given.items() if value is not None}


def _made_from(settings: TrainSettings, begun: Card | None) -> tuple[DataTerms, ...]:
    own = _terms(settings)
    if begun is None:
        return (*own, _MINILM)
    named = {each.name for each in begun.data}
    return (*begun.data, *(each for each in own if each.name not in named))


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
    if settings.evidence is not None:
        lent = ", ".join("voices" if each is Modality.AUDIO else "faces" for each in settings.evidence.pools)
        terms += [DataTerms(name=f"{name}: {lent} lent", terms=given) for name, given in settings.evidence.data.items()]
    return tuple(terms)


def _term(data_format: str, purposes: Iterable[str]) -> DataTerms:
    name, terms = _TERMS.get(data_format, (data_format, "ask whoever gave the file"))
    return DataTerms(name=f"{name}: {', '.join(purposes)}", terms=terms)
