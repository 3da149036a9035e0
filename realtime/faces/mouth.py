"""How much a mouth moves from one picture to the next."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from realtime.faces.crop import Crop

_MOUTH: Final = slice(30, 48)  # rows: the lower third, and a little more
_EYES: Final = slice(8, 26)
_ACROSS: Final = slice(8, 40)
_JITTER: Final = 2  # pixels by which a followed face is misplaced
_FLAT: Final = 8.0  # grey values: what a camera's noise makes of a flat picture


def mouth_motion(before: Crop, now: Crop) -> float:
    """How much more the lower third of a face changes between two pictures than the part about the eyes; from 0.

    Each change is the root mean square over the pixels at the shift at which it is least, over the spread of the grey
    values: a face that is followed moves in its frame by a pixel or two though nobody speaks, and a head that turns
    changes everywhere. Over the recordings at hand, of people who do not speak, it is 0.02 in the median and 0.07 in
    the mean.
    """
    return max(0.0, _change(before, now, _MOUTH) - _change(before, now, _EYES))


def _change(before: Crop, now: Crop, rows: slice) -> float:
    edge = slice(_JITTER, -_JITTER)
    old = before[rows, _ACROSS][edge, edge].astype(np.float32)
    places = sliding_window_view(now[rows, _ACROSS].astype(np.float32), old.shape)
    change = places - places.mean((2, 3), keepdims=True) - (old - old.mean())
    return float(np.sqrt(np.square(change).mean((2, 3)).min()) / (old.std() + _FLAT))
