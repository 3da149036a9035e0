"""Messages through a pipe."""

import io

from hypothesis import given
from hypothesis import strategies as st

from realtime.recognition.child_pipes import read
from realtime.recognition.framing import pack

messages = st.lists(st.tuples(st.dictionaries(st.text(), st.integers() | st.text(), min_size=1), st.binary()))


@given(messages)
def test_messages_come_out_as_they_went_in(sent):
    pipe = io.BytesIO(b"".join(pack(*item) for item in sent))
    assert [read(pipe) for _ in sent] == sent
    assert read(pipe) is None


def test_half_a_message_is_the_end():
    assert read(io.BytesIO(pack({"kind": "sound"}, b"1234")[:-1])) is None
