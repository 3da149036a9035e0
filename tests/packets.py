"""MQTT packets by hand: what no client library would send."""


def written_length(size: int) -> bytes:
    """A packet's length as MQTT writes it: seven bits a byte, the lowest first."""
    written = bytearray()
    while True:
        size, low = size >> 7, size & 0x7F
        written.append(low | (0x80 if size else 0))
        if not size:
            return bytes(written)


def connect(client: str, username: str | None = None, password: str | None = None) -> bytes:
    """CONNECT of MQTT 3.1.1, session afresh, no keep-alive."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = _text("MQTT") + bytes([4, flags, 0, 0]) + _text(client)
    return _packet(0x10, body + b"".join(_text(word) for word in (username, password) if word is not None))


def publish_header(topic: str, size: int, *, retain: bool = False) -> bytes:
    """The beginning of a PUBLISH at QoS 0, up to its payload of that size."""
    name = _text(topic)
    return bytes([0x30 | retain]) + written_length(len(name) + size) + name


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + written_length(len(body)) + body
