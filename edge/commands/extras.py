"""What commands say when they need more than the plain installation."""

from collections.abc import Iterator
from contextlib import contextmanager

from model.errors import PartMissingError


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Imports inside need an extra of the distribution.

    Raises:
        PartMissingError: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise PartMissingError(
            f"this command needs the Python package {error.name}",
            f"Install the extra: pip install 'undertone[{extra}]', or in a checkout: pip install -e '.[{extra}]'",
        ) from error
