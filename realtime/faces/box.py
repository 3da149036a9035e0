"""Where a face is in a picture."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the whole picture, from its left upper corner (`x`, `y`); it may reach out of it."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> "Box":
        """The same rectangle elsewhere."""
        return Box(self.x + right, self.y + down, self.width, self.height)

    def grown(self, margin: float) -> "Box":
        """The rectangle with `margin` times its width and height added on each side."""
        return Box(
            self.x - margin * self.width,
            self.y - margin * self.height,
            (1 + 2 * margin) * self.width,
            (1 + 2 * margin) * self.height,
        )

    def overlap(self, other: "Box") -> float:
        """Intersection over union with another, 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        common = max(0.0, width) * max(0.0, height)
        whole = self.width * self.height + other.width * other.height - common
        return common / whole if whole > 0 else 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle: x and y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def distance(self, other: "Box") -> float:
        """Between the middles of both, in pixels."""
        return math.dist(self.middle, other.middle)
