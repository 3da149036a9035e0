"""Tiny speech emotion checkpoints of `transformers`, for the real code that loads them and listens with them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import (
    Data2VecAudioConfig,
    Data2VecAudioForSequenceClassification,
    HubertConfig,
    HubertForSequenceClassification,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2ForSequenceClassification,
    WavLMConfig,
    WavLMForSequenceClassification,
)
from transformers.utils.logging import disable_progress_bar

KINDS = {
    "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForSequenceClassification),
    "hubert": (HubertConfig, HubertForSequenceClassification),
    "wavlm": (WavLMConfig, WavLMForSequenceClassification),
    "data2vec": (Data2VecAudioConfig, Data2VecAudioForSequenceClassification),
    "ctc": (Wav2Vec2Config, Wav2Vec2ForCTC),
}
SUPERB = {"neu": 0.1, "hap": 0.2, "ang": 0.6, "sad": 0.1}


def emotion_folder(
    folder: Path,
    kind: str = "wav2vec2",
    says: Mapping[str, float] = SUPERB,
    *,
    listens: bool = True,
    broken: bool = False,
    rate_hz: int = 16_000,
    **config: object,
) -> Path:
    """A checkpoint.

    Args:
        folder: Where it goes.
        kind: Which architecture.
        says: Its labels, and how probable each is in any sound where it does not listen.
        listens: Whether what it says depends on the sound.
        broken: Whether it says what is no number.
        rate_hz: What it hears.
        config: More of its configuration.
    """
    disable_progress_bar()
    torch.manual_seed(5)
    described, network = KINDS[kind]
    model = network(
        described(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            conv_dim=(8,) * 7,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2,
            classifier_proj_size=8,
            id2label=dict(enumerate(says)),
            label2id={label: number for number, label in enumerate(says)},
            **config,
        )
    )
    if kind != "ctc":
        with torch.no_grad():
            if not listens:
                model.classifier.weight.zero_()
                model.classifier.bias.copy_(torch.tensor(list(says.values())).log())
            else:
                model.classifier.weight.mul_(20.0)
            if broken:
                model.classifier.bias.fill_(torch.nan)
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=rate_hz).save_pretrained(folder)
    return folder
