"""Until when a certificate in a file is valid; Python says it only of one that a broker shows.

Format: RFC 5280, section 4.1: Certificate > TBSCertificate > [version], serial, signature, issuer, validity.
"""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
_LONG: Final = 0x80
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_LONGEST: Final = 1_000_000  # bytes; the system's whole list of authorities has a quarter of that
_VALIDITY: Final = 3  # after serial, signature and issuer


def valid_until(file: Path) -> datetime:
    """When the first certificate in a PEM file expires, UTC.

    Raises:
        OSError: The file cannot be read.
        ValueError: There is no certificate in it.
    """
    with file.open(encoding="ascii", errors="replace") as lines:
        text = lines.read(_LONGEST)
    begin, end = text.find(_BEGIN), text.find(_END)
    if not 0 <= begin < end:
        raise ValueError(f"{file} holds no certificate in PEM")
    try:
        (_, certificate), *_ = _fields(ssl.PEM_cert_to_DER_cert(text[begin : end + len(_END)]))
        (_, signed), *_ = _fields(certificate)
        fields = [field for field in _fields(signed) if field[0] != _VERSION]
        _, (kind, until), *_ = _fields(fields[_VALIDITY][1])
        form = "%y%m%d%H%M%SZ" if kind == _UTC_TIME else "%Y%m%d%H%M%SZ"
        return datetime.strptime(until.decode("ascii"), form).replace(tzinfo=UTC)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{file} holds no certificate that can be read") from error


def _fields(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each value that stands in these bytes, one after the other."""
    start = 0
    while start < len(der):
        kind, length, start = der[start], der[start + 1], start + 2
        if length & _LONG:
            size = length & ~_LONG
            length, start = int.from_bytes(der[start : start + size], "big"), start + size
        yield kind, der[start : start + length]
        start += length
