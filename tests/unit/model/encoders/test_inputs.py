from model.conversation import Utterance
from model.encoders.inputs import EncoderInput, all_inputs, newest_input

UTTERANCES = [Utterance(str(i), i, "ann", text) for i, text in enumerate("abcd")]


def test_context_is_what_was_said_before_oldest_first():
    assert newest_input(UTTERANCES, 2) == EncoderInput("d", ("b", "c"))
    assert newest_input(UTTERANCES[:1], 2) == EncoderInput("a", ())
    assert newest_input(UTTERANCES, 0) == EncoderInput("d", ())


def test_all_inputs_are_the_newest_inputs_of_every_prefix():
    for context in (0, 1, 3, 9):
        prefixes = [newest_input(UTTERANCES[: end + 1], context) for end in range(4)]
        assert all_inputs(UTTERANCES, context) == prefixes
