"""How much a mouth moves from one picture to the next."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from realtime.faces.crop import Crop

_TOP, _BOTTOM = 30, 48  # rows of the lower third, and a little more
_LEFT, _RIGHT = 8, 40
_JITTER: Final = 2  # pixels by which a followed face is misplaced
_FLAT: Final = 8.0  # grey values: what a camera's noise makes of a flat picture


def mouth_motion(before: Crop, now: Crop) -> float:
    """The change of the lower third of a face between two pictures, over the spread of its grey values.

    The root mean square over the pixels, at the shift at which it is least: a face that is followed moves in its frame
    by a pixel or two though nobody speaks. 0.1 and less is a still face.
    """
    old = before[_TOP + _JITTER : _BOTTOM - _JITTER, _LEFT + _JITTER : _RIGHT - _JITTER].astype(np.float32)
    places = sliding_window_view(now[_TOP:_BOTTOM, _LEFT:_RIGHT].astype(np.float32), old.shape)
    change = places - places.mean((2, 3), keepdims=True) - (old - old.mean())
    return float(np.sqrt(np.square(change).mean((2, 3)).min()) / (old.std() + _FLAT))
