import pytest
from amqtt.adapters import BufferReader
from amqtt.errors import NoDataError
from hypothesis import given
from hypothesis import strategies as st

from edge.brokers.bounded_reader import LONGEST_PACKET, BoundedReader
from tests.packets import written_length


@given(st.lists(st.integers(0, 300), min_size=1, max_size=5), st.data())
async def test_packets_of_bearable_size_pass_as_they_are(sizes, data):
    reader = BoundedReader(BufferReader(b"".join(b"\x30" + written_length(size) + bytes(size) for size in sizes)))
    for size in sizes:
        assert await reader.read(1) == b"\x30"
        assert b"".join([await reader.read(1) for _ in written_length(size)]) == written_length(size)
        left = size
        while left:
            part = data.draw(st.integers(1, left))
            assert await reader.read(part) == bytes(part)
            left -= part


@pytest.mark.parametrize("size", [LONGEST_PACKET + 1, 268_435_455])
async def test_a_stream_ends_where_a_packet_is_announced_that_is_too_long(size):
    reader = BoundedReader(BufferReader(b"\x30" + written_length(size) + b"\x30\x00"))
    for _ in written_length(size):
        await reader.read(1)
    with pytest.raises(NoDataError, match=f"{size} bytes"):
        await reader.read(1)
    assert await reader.read(1) == b""
