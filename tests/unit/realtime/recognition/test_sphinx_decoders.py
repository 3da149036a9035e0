"""Which decoder hears which channel, and what of its words is text."""

import pytest

from realtime.recognition.sphinx_decoders import DecoderPool, spoken


class SilentDecoder:
    def __init__(self):
        self.channel = None
        self.busy = False
        self.begun = 0

    def begin(self):
        self.begun += 1


@pytest.mark.parametrize(
    "word, text",
    [("hello", "hello"), ("to(3)", "to"), ("<sil>", ""), ("</s>", ""), ("[NOISE]", ""), ("++um++", ""), ("i'm", "i'm")],
)
def test_fillers_and_pronunciations_are_not_text(word, text):
    assert spoken(word) == text


def test_a_channel_keeps_its_decoder_and_a_new_one_gets_its_own():
    pool = DecoderPool(2, SilentDecoder)
    first = pool.take(0)
    first.busy = False
    second = pool.take(1)
    second.busy = False
    assert first is not second
    assert pool.take(0) is first
    assert pool.take(1) is second


def test_with_as_many_channels_as_decoders_others_share_and_wait():
    pool = DecoderPool(1, SilentDecoder)
    only = pool.take(0)
    assert pool.take(1) is None
    only.busy = False
    assert pool.take(1) is only
    assert (only.channel, only.begun) == (1, 2)
