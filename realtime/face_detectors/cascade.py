"""The face detector `cascade`: OpenCV's cascade for frontal faces, which is part of its wheel."""

from collections.abc import Sequence
from pathlib import Path

import cv2
from pydantic import Field

from model.config import Config
from model.errors import PartMissingError
from realtime.faces.box import Box
from realtime.faces.picture import Picture

_FILE = "haarcascade_frontalface_alt2.xml"
_LEAST_PX = 20  # the cascade was trained on faces of 20 x 20


class Settings(Config):
    """How closely to look."""

    picture_width: int = Field(
        default=400,
        ge=160,
        le=1920,
        description="Width to which a picture is scaled before faces are looked for, pixels; more finds smaller faces, "
        "and costs its square.",
    )
    smallest_share: float = Field(
        default=0.06, ge=0.02, le=0.5, description="Width of the smallest face, as a share of the picture's width."
    )
    agreement: int = Field(
        default=4, ge=1, le=20, description="Neighbouring windows that must agree on a face; more finds fewer."
    )


def create(settings: Settings) -> "Cascade":
    """The detector for these settings; nothing is loaded yet."""
    return Cascade(settings)


class Cascade:
    """Boosted cascades of simple features (Viola and Jones 2001, Lienhart and Maydt 2002) for faces from the front.

    Of the cascades in OpenCV's wheel, `alt2` finds faces as surely as the others at about two thirds of their cost, and
    took nothing for a face in the recordings at hand without one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cascade = cv2.CascadeClassifier()

    def open(self) -> None:
        """Load the cascade.

        Raises:
            PartMissingError: OpenCV was installed without it.
        """
        path = Path(cv2.__file__).parent / "data" / _FILE
        if not self._cascade.load(str(path)):
            raise PartMissingError(
                f"OpenCV {cv2.__version__} was installed without {_FILE}",
                "Install the version that has it: pip install 'opencv-python-headless>=4.12,<5'",
            )

    def detect(self, image: Picture) -> Sequence[Box]:
        """The faces in a picture, in its own pixels."""
        height, width = image.shape[:2]
        scale = min(1.0, self._settings.picture_width / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        least = max(_LEAST_PX, round(self._settings.smallest_share * size[0]))
        found = self._cascade.detectMultiScale(grey, 1.15, self._settings.agreement, minSize=(least, least))
        return [Box(*(float(number) / scale for number in rectangle)) for rectangle in found]
