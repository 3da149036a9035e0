"""What a client of the broker inside the process may send: packets of bearable size, and no others."""

from typing import Final

from amqtt.adapters import ReaderAdapter
from amqtt.errors import NoDataError

LONGEST_PACKET: Final = 256 * 1024
"""Bytes after a packet's header; ours are below 8 kB. MQTT itself would allow 256 MiB."""

_MORE: Final = 0x80  # set in each byte of a length but the last


class BoundedReader(ReaderAdapter):  # type: ignore[misc] # amqtt has no types
    """Hands a stream on until somebody announces a packet that is too long; from then on it is at its end.

    It follows the packets: a byte that says what comes, up to four that say how long it is, then so many bytes.

    Args:
        stream: What the client sends.
    """

    def __init__(self, stream: ReaderAdapter) -> None:
        self._stream = stream
        self._header = bytearray()
        self._left = 0
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """The next bytes; none after the end.

        Raises:
            NoDataError: A packet is too long.
        """
        if self._ended:
            return b""
        data = bytes(await self._stream.read(n))
        if self._left:
            self._left -= len(data)
        else:
            self._header += data
            self._measure()
        return data

    def feed_eof(self) -> None:
        """Nothing more comes."""
        self._stream.feed_eof()

    def _measure(self) -> None:
        """How long the packet is, once its header is there."""
        if len(self._header) > 1 and not self._header[-1] & _MORE:
            self._left = sum((byte & ~_MORE) << 7 * place for place, byte in enumerate(self._header[1:]))
            self._header.clear()
            if self._left > LONGEST_PACKET:
                self._ended = True
                raise NoDataError(f"a packet of {self._left} bytes")
