from dataclasses import dataclass
from enum import Enum


class DurabilityPolicy(Enum):
    TRANSIENT_LOCAL = 1
    VOLATILE = 2


@dataclass
class QoSProfile:
    depth: int
    durability: DurabilityPolicy
