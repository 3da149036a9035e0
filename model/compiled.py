"""Functions compiled by numba, kept beside their file where that can be written to."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

_LOG = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled without the GIL; where nothing can be kept, anew by every process.

    A decorator for kernels over NumPy arrays that call compiled functions of their own file only: numba's cache notices
    changes of that file alone.
    """
    try:
        return _compiled(function, cache=True)
    except RuntimeError as error:  # numba found no folder that it can write to
        _LOG.warning(
            "%s is compiled anew at every start: neither %s nor numba's folder in the user's cache can be written to. "
            "To keep it, let NUMBA_CACHE_DIR name a folder that can be (%s)",
            function.__name__,
            Path(function.__code__.co_filename).parent / "__pycache__",
            error,
        )
        return _compiled(function, cache=False)


def _compiled(function: Callable[P, R], *, cache: bool) -> Callable[P, R]:
    fast = {"contract", "reassoc", "nsz", "arcp"}
    compile_it = numba.njit(cache=cache, nogil=True, fastmath=fast, error_model="numpy")
    return cast("Callable[P, R]", compile_it(function))
