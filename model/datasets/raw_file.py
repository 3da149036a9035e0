"""What stands in a file a user named, or a plain word on why it cannot be had."""

from pathlib import Path

from model.errors import DataError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(path: Path, remedy: str) -> bytes:
    """The bytes of a file, without a UTF-8 byte order mark.

    Args:
        path: The file.
        remedy: What to do when it cannot be read.

    Raises:
        DataError: The file is missing, a folder, or may not be read.
    """
    try:
        return path.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}", remedy) from error
