"""What a node is, as plain values: the application fills it in once, and every payload takes from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.wire.topics import Topics


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which weights a stage uses; `sha256` is None where they have no hash of their own."""

    name: str
    version: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a node is and can do.

    Attributes:
        site: The place; the second word of every topic after `undertone/v1`.
        node: This process's name; one per site.
        version: Of undertone.
        purpose: What people are listened to for.
        notice: How people were told.
        modalities: What emotions are read from: text, audio, video.
        language: What is spoken, ISO 639-1.
        labels: Emotions, in the order of the network's probabilities.
        network: The network that reads the conversation.
        models: The models of the other stages, by stage.
        calibrated: Whether the network's probabilities were calibrated.
        unread: Why the other modalities are not read, by modality, in plain words.
        stages: Whether this node has a stage, by the name of each whose health is told from the beginning.
    """

    site: str
    node: str
    version: str
    purpose: str
    notice: str
    modalities: tuple[str, ...]
    language: str
    labels: tuple[str, ...]
    network: ModelInfo
    models: Mapping[str, ModelInfo]
    calibrated: bool
    unread: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, bool] = field(default_factory=dict)

    @property
    def topics(self) -> Topics:
        """Where this node publishes."""
        return Topics(self.site, self.node)
