import pytest
import torch

from model.encoders import minilm
from model.encoders.inputs import EncoderInput
from model.encoders.minilm import Settings
from model.errors import CheckpointError
from tests.tiny_minilm import tiny_minilm


def test_tokens_put_the_text_first_and_the_most_recent_context_next_to_it():
    encoder = tiny_minilm()
    row = encoder.tokenize(EncoderInput("so happy", ("bad", "good news", "you")))
    words = [encoder._tokenizer.id_to_token(i) for i in row.ids]
    assert words == ["[CLS]", "so", "happy", "[SEP]", "you", "[SEP]", "good", "news", "[SEP]"]
    assert row.own == 4


def test_long_text_and_long_context_are_cut():
    encoder = tiny_minilm(Settings(context=1, text_tokens=3, context_tokens=5, frozen_layers=1))
    row = encoder.tokenize(EncoderInput("bad " * 50, ("good " * 50,)))
    assert row.own == 5
    assert len(row.ids) == 10


def test_padding_changes_nothing():
    encoder = tiny_minilm()
    short, long = EncoderInput("so happy"), EncoderInput("i am so so so so sad", ("good news", "bad news"))
    together = encoder.encode([short, long])
    apart = torch.cat([encoder.encode([short]), encoder.encode([long])])
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)
    assert together.shape == (2, encoder.features)
    assert together.dtype == torch.float32


def test_an_empty_text_has_features():
    assert torch.isfinite(tiny_minilm().encode([EncoderInput("")])).all()


def test_context_matters_and_the_hidden_states_can_be_kept():
    encoder = tiny_minilm()
    with_context, without = EncoderInput("sad", ("bad news",)), EncoderInput("sad")
    features = encoder.encode([with_context, without])
    assert not torch.equal(features[0], features[1])
    rows = [encoder.tokenize(item) for item in (with_context, without)]
    with torch.inference_mode():
        again = encoder.read(encoder.embed(rows), [row.own for row in rows])
    assert torch.equal(features, again)


def test_only_upper_layers_learn_and_the_hash_guards_the_rest():
    encoder = tiny_minilm()
    before = encoder.frozen_hash()
    learning = {name for name, p in encoder.bert.named_parameters() if p.requires_grad}
    assert {name.split(".")[2] for name in learning} == {"1", "2"}
    with torch.no_grad():
        encoder.bert.encoder.layer[2].output.dense.weight.zero_()
    assert encoder.frozen_hash() == before
    with torch.no_grad():
        encoder.bert.embeddings.word_embeddings.weight[3, 3] += 1
    assert encoder.frozen_hash() != before


def test_weights_of_another_architecture_are_refused_with_a_remedy():
    with pytest.raises(CheckpointError, match="pip install"):
        minilm.build(Settings(), tiny_minilm().bert.config, tiny_minilm()._tokenizer, {})


def test_the_published_weights_give_close_sentences_close_features():
    encoder = minilm.create(Settings(context=0))
    one, two, other = encoder.encode(
        [EncoderInput(t) for t in ("I am very happy.", "I am so glad!", "The train leaves at nine.")]
    )
    assert torch.cosine_similarity(one, two, 0) > torch.cosine_similarity(one, other, 0) + 0.2
