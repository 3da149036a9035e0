"""Where a face is in a picture."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the whole picture, from its left upper corner (`x`, `y`); it may reach out of it.

    Attributes:
        x: Left edge, pixels.
        y: Upper edge, pixels.
        width: Pixels.
        height: Pixels.
        tilt_deg: How far the line through the eyes falls towards the right of the picture, degrees; 0 where the
            detector does not tell.
        turn: How far the face is turned to a side: the nose's distance from the middle between the eyes, in distances
            of the eyes; None where the detector does not tell.
    """

    x: float
    y: float
    width: float
    height: float
    tilt_deg: float = 0.0
    turn: float | None = None

    def moved(self, right: float, down: float) -> "Box":
        """The same rectangle elsewhere."""
        return replace(self, x=self.x + right, y=self.y + down)

    def grown(self, margin: float) -> "Box":
        """The rectangle with `margin` times its width and height added on each side."""
        return replace(
            self,
            x=self.x - margin * self.width,
            y=self.y - margin * self.height,
            width=(1 + 2 * margin) * self.width,
            height=(1 + 2 * margin) * self.height,
        )

    def square(self) -> "Box":
        """The square about its middle, as wide as its longer side."""
        side = max(self.width, self.height)
        return replace(
            self,
            x=self.x - (side - self.width) / 2,
            y=self.y - (side - self.height) / 2,
            width=side,
            height=side,
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
