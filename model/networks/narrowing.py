"""A network that reads fewer modalities than it was trained for: smaller, and the same where the others are absent."""

from collections.abc import Collection, Sequence
from typing import Final

from torch import Tensor

from model.errors import SettingsError
from model.modality import Modality
from model.networks.mtml import MTML

_BETWEEN: Final = "between_modalities"


def narrowed(network: MTML, modalities: Collection[Modality]) -> MTML:
    """The network for some of its modalities, with copies of its parameters; itself where those are all it reads.

    Every modality that is left away leaves its projection away, and the last one beside another all that joins several.
    What remains gives the results that the whole network gives for utterances of which these modalities alone are
    there.

    Args:
        network: The whole network.
        modalities: Those that will be given.

    Raises:
        SettingsError: The network reads none of them.
    """
    settings = network.settings
    kept = {modality: width for modality, width in settings.features.items() if modality in modalities}
    if kept == settings.features:
        return network
    if not kept:
        asked, read = (", ".join(m for m in Modality if m in some) for some in (modalities, settings.features))
        raise SettingsError(f"the network reads {read}, not {asked}", "Give one of those, or other weights")
    narrow = MTML(settings.model_copy(update={"features": kept}))
    state = network.state_dict()
    places = [settings.modalities.index(modality) for modality in narrow.settings.modalities]
    narrow.load_state_dict({name: _moved(name, state[name], places) for name in narrow.state_dict()})
    narrow.train(network.training)
    for name, parameter in narrow.named_parameters():
        parameter.requires_grad_(network.get_parameter(name).requires_grad)
    return narrow


def _moved(name: str, tensor: Tensor, places: Sequence[int]) -> Tensor:
    """A parameter of the narrow network: rows that stand for the modality that is read move to its new place."""
    if _BETWEEN not in name or "relation" not in name:
        return tensor
    moved = tensor.clone()
    moved[: len(places)] = tensor[list(places)]
    return moved
