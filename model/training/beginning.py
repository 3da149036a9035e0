"""Where a training begins that leaves what is there as it is: a checkpoint, and what its network has beyond it."""

from model import checkpoint
from model.checkpoint import Checkpoint
from model.encoders.minilm import NewEncoder
from model.errors import CheckpointError, SettingsError
from model.modality import Modality
from model.networks import mtml
from model.training.settings import TrainSettings


def begin(settings: TrainSettings, new_encoder: NewEncoder) -> tuple[TrainSettings, Checkpoint | None]:
    """The settings with the encoder and the network of the checkpoint they begin from, and that checkpoint.

    Args:
        settings: As given.
        new_encoder: Makes the encoder with its published weights.

    Returns:
        The settings as they are, and None, where they begin anew.

    Raises:
        CheckpointError: The checkpoint cannot be read, or reads more than words already.
        SettingsError: The settings name another encoder or network than the checkpoint's.
    """
    if settings.begin_from is None:
        return settings, None
    begun = checkpoint.load(settings.begin_from, new_encoder)
    if set(begun.network.settings.features) != {Modality.TEXT}:
        raise CheckpointError(
            f"{settings.begin_from} learned from more than words already",
            "Give begin_from a checkpoint that reads words alone",
        )
    own = {"encoder": begun.card.encoder_settings, "network": _widened(begun.card.network_settings, settings)}
    for name, one in own.items():
        if name in settings.model_fields_set and getattr(settings, name) != one:
            raise SettingsError(f"{name} is not that of {settings.begin_from}", f"Leave {name} out: it is the same")
    return settings.model_copy(update=own), begun


def _widened(network: mtml.Settings, settings: TrainSettings) -> mtml.Settings:
    """A checkpoint's network that also reads what there is beyond the words."""
    if settings.evidence is not None:
        beyond = settings.evidence.widths
    else:
        beyond = {each: width for each, width in settings.network.features.items() if each is not Modality.TEXT}
    return network.model_copy(update={"features": {**network.features, **beyond}})
