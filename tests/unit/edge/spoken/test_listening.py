"""What is written down of what the pipeline says, and the file it hears."""

import numpy as np

from edge.demo.scoring import HeardUtterance
from edge.sound.decoder import Decoder
from edge.spoken.listening import Notebook, write_wav
from realtime.events import Failure, Quiet
from tests.conversation_events import heard, understood


async def written_down(*events) -> Notebook:
    notebook = Notebook()
    await notebook.open()
    for event in events:
        await notebook.publish(event)
    await notebook.close()
    return notebook


async def test_the_newest_revision_counts_and_causes_are_positions():
    first, second = heard(0, "hello", "ann"), heard(1, "go away", "ben")
    notebook = await written_down(
        first,
        understood(first, "joy", (first,)),
        Quiet(3.0),
        second,
        understood(second, "sadness"),
        understood(second, "anger", (first, second), revision=2),
    )
    assert notebook.utterances() == (
        HeardUtterance(0.0, 2.0, "ann", "hello", "joy", (0,)),
        HeardUtterance(4.0, 6.0, "ben", "go away", "anger", (0, 1)),
    )
    assert notebook.failed == 0


async def test_what_could_not_be_read_is_neutral_and_counted():
    notebook = await written_down(heard(0), Failure("analyse", "not_finite", "no numbers", "s0"))
    assert [(item.emotion, item.causes) for item in notebook.utterances()] == [("neutral", ())]
    assert notebook.failed == 1


def test_every_sample_of_any_number_of_channels_is_in_the_file(tmp_path):
    samples = np.random.default_rng(3).integers(-32_768, 32_768, (9, 4_000)).astype(np.int16)
    write_wav(samples, tmp_path / "nine.wav")
    decoder = Decoder(tmp_path / "nine.wav")
    read = np.concatenate([piece for piece in decoder.pieces() if isinstance(piece, np.ndarray)], axis=1)
    decoder.close()
    np.testing.assert_array_equal(read * 32_768, samples)
