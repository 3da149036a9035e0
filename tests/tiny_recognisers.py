"""Tiny checkpoints for the real loading and decoding code of every batch recogniser, built in a second.

They are rigged: a transformer whose layers add nothing, and whose place in the text alone says what comes next, so that
each says its script whatever it hears, as surely as it is told to.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import ctranslate2
import torch
import whisper
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import (
    MoonshineConfig,
    MoonshineForConditionalGeneration,
    PreTrainedTokenizerFast,
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizerFast,
)
from transformers.utils.logging import disable_progress_bar
from whisper.tokenizer import LANGUAGES, get_tokenizer

SCRIPT = " We won, at last."
WIDTH = 48
SURE = 3.0
"""So sure that every token has a probability of more than 0.99; 1.0 is hardly surer than chance."""

_SPACE, _NOTE = "\u0120", "\u00e2"  # how byte-level tokens spell a space, and the first byte of ♪
_FAR = 100.0  # beside it, what the last token was does not count
_PLACES = 96
_RIVAL = 30_000  # a word like any other
_NEARLY = 0.97
_UNSAID = 0.3


def whisper_file(
    path: Path,
    script: str = SCRIPT,
    language: str | None = None,
    sure: float = SURE,
    *,
    silent: bool = False,
    rivals: int = 0,
) -> Path:
    """A checkpoint of openai-whisper.

    Args:
        path: Where it goes.
        script: What it says.
        language: Makes it one for many languages, and this the one that it finds.
        sure: How sure it is.
        silent: Whether it gives silence more than 0.99, and speaks nevertheless.
        rivals: How many words are nearly as probable as each that it says.
    """
    torch.manual_seed(0)
    dims = whisper.model.ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=WIDTH,
        n_audio_head=2,
        n_audio_layer=1,
        n_vocab=51865 if language else 51864,
        n_text_ctx=_PLACES,
        n_text_state=WIDTH,
        n_text_head=2,
        n_text_layer=2,
    )
    model = whisper.model.Whisper(dims)
    task = "transcribe" if language else None
    tokenizer = get_tokenizer(bool(language), num_languages=99, language=language, task=task)
    start = list(tokenizer.sot_sequence_including_notimestamps)
    tokens = [*tokenizer.encode(script), tokenizer.eot]
    first = tokenizer.no_speech if silent else tokenizer.to_language_token(language) if language else tokens[0]
    decoder = model.decoder
    for block in decoder.blocks:
        _quiet(block.attn.out, block.cross_attn.out, block.mlp[2])
    decoder.positional_embedding.data = _places(decoder.token_embedding.weight, len(start), tokens, first, rivals)
    decoder.ln.weight.data.fill_(sure)
    torch.save({"dims": asdict(dims), "model_state_dict": model.state_dict()}, path)
    return path


def transformers_whisper(
    folder: Path,
    script: str = SCRIPT,
    language: str | None = None,
    sure: float = SURE,
    *,
    silent: bool = False,
    rivals: int = 0,
) -> Path:
    """The same for transformers."""
    torch.manual_seed(0)
    tokenizer = _whisper_tokenizer(many=language is not None)
    number = tokenizer.convert_tokens_to_ids
    end, begin = number("<|endoftext|>"), number("<|startoftranscript|>")
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        d_model=WIDTH,
        encoder_ffn_dim=WIDTH,
        decoder_ffn_dim=WIDTH,
        max_target_positions=_PLACES,
        decoder_start_token_id=begin,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )
    model = WhisperForConditionalGeneration(config)
    _describe_whisper(model.generation_config, tokenizer, many=language is not None)
    tokens = [*tokenizer(script, add_special_tokens=False).input_ids, end]
    first = number("<|nospeech|>") if silent else number(f"<|{language}|>") if language else tokens[0]
    decoder = model.model.decoder
    for layer in decoder.layers:
        _quiet(layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2)
    decoder.embed_positions.weight.data = _places(
        decoder.embed_tokens.weight, 4 if language else 2, tokens, first, rivals
    )
    decoder.layer_norm.weight.data.fill_(sure)
    return _save(folder, model, WhisperProcessor(WhisperFeatureExtractor(), tokenizer))


def faster_whisper_folder(
    folder: Path,
    script: str = SCRIPT,
    language: str | None = None,
    sure: float = SURE,
    *,
    silent: bool = False,
    rivals: int = 0,
) -> Path:
    """The conversion of that by CTranslate2."""
    source = transformers_whisper(
        folder.with_name(folder.name + "-source"), script, language, sure, silent=silent, rivals=rivals
    )
    converter = ctranslate2.converters.TransformersConverter(str(source), copy_files=["tokenizer.json"])
    return Path(converter.convert(str(folder)))


def moonshine_folder(folder: Path, script: str = "\u2581we", sure: float = 1.0) -> Path:
    """Moonshine, in which the same always follows a letter: the next one of the script, or the text's end."""
    torch.manual_seed(0)
    letters = ["<unk>", "<s>", "</s>", "\u2581", *"abcdefghijklmnopqrstuvwxyz"]
    words = Tokenizer(BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    words.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.Fuse()])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>"
    )
    config = MoonshineConfig(
        vocab_size=len(letters),
        hidden_size=32,
        intermediate_size=32,
        encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=1,
        encoder_num_attention_heads=2,
        decoder_num_attention_heads=2,
        encoder_num_key_value_heads=2,
        decoder_num_key_value_heads=2,
        tie_word_embeddings=False,
    )
    model = MoonshineForConditionalGeneration(config)
    for layer in model.model.decoder.layers:
        _quiet(layer.self_attn.o_proj, layer.encoder_attn.o_proj, layer.mlp.fc2)
    with torch.no_grad():
        embedding = model.model.decoder.embed_tokens.weight
        embedding.copy_(_FAR * torch.nn.functional.normalize(torch.randn_like(embedding), dim=1))
        said = tokenizer.convert_tokens_to_ids(["<s>", *script, "</s>"])
        model.proj_out.weight.zero_()
        model.proj_out.weight[said[1:]] = SURE * sure * embedding[said[:-1]] / _FAR
    feature_extractor = Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True)
    return _save(folder, model, Wav2Vec2Processor(feature_extractor, tokenizer))


def wav2vec2_folder(folder: Path, letters: Sequence[str] = ("<pad>", "|", "A", "B", "C", "D", "E", "F")) -> Path:
    """wav2vec2 with random letters, which depend on the sound."""
    torch.manual_seed(3)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {letter: number for number, letter in enumerate([*letters, "<s>", "</s>", "<unk>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    tokenizer = Wav2Vec2CTCTokenizer(folder / "vocab.json")
    config = Wav2Vec2Config(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    return _save(folder, Wav2Vec2ForCTC(config), Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer))


def _places(embedding: torch.Tensor, start: int, tokens: Sequence[int], first: int, rivals: int) -> torch.Tensor:
    """(places, WIDTH): at each, what comes next; after `start` tokens that are given come `tokens`, then only the end.

    Args:
        embedding: Of the tokens, and the output's weights as well; is set.
        start: How many tokens are given.
        tokens: What is said, and the end.
        first: What is most probable after the first token, which is asked for silence and for the language.
        rivals: How many words are nearly as probable as each word that is said.
    """
    others = range(_RIVAL, _RIVAL + rivals)
    following = [*[tokens[-1]] * (start - 1), *tokens]
    following += [tokens[-1]] * (_PLACES - len(following))
    with torch.no_grad():
        embedding.copy_(_UNSAID * torch.nn.functional.normalize(torch.randn_like(embedding), dim=1))
        said = sorted({*tokens, first, *others})
        # At right angles to each other, and to the one direction that a normalised layer cannot see.
        basis = torch.cat([torch.ones(WIDTH, 1), torch.randn(WIDTH, WIDTH - 1)], dim=1)
        embedding[said] = torch.linalg.qr(basis).Q.T[1 : 1 + len(said)]
        places = embedding[following] + embedding[list(others)].sum(dim=0) * _NEARLY
        if start > 1:
            places[0] = embedding[first]
        return _FAR * places


def _quiet(*layers: torch.nn.Linear) -> None:
    for layer in layers:
        torch.nn.init.zeros_(layer.weight)
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)


@cache
def _whisper_tokenizer(*, many: bool) -> WhisperTokenizerFast:
    """Single bytes, as many unused words as Whisper has others, and its marks: libraries know it by their number."""
    marks = [
        "<|startoftranscript|>",
        *(f"<|{language}|>" for language in list(LANGUAGES)[:99]),
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    space, note = _SPACE, _NOTE  # or a space alone would count as the beginning of what nobody says
    pairs = [(space, "-"), (space, "'"), (space, note)]
    known = [*alphabet, *map("".join, pairs)]
    unused = [f"unused{number}" for number in range(50256 - len(known))]
    empty = [""] if many else []  # by this word, CTranslate2 knows a Whisper for many languages
    vocabulary = {word: number for number, word in enumerate([*known, *unused, *empty])}
    words = Tokenizer(BPE(vocab=vocabulary, merges=pairs))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    words.add_special_tokens(["<|endoftext|>", *marks])
    words.add_tokens([f"<|{step * 0.02:.2f}|>" for step in range(1501)])
    end = "<|endoftext|>"
    options = {"language": "en", "task": "transcribe"} if many else {}
    return WhisperTokenizerFast(
        tokenizer_object=words, unk_token=end, bos_token=end, eos_token=end, pad_token=end, **options
    )


def _describe_whisper(generation, tokenizer: WhisperTokenizerFast, *, many: bool) -> None:
    number = tokenizer.convert_tokens_to_ids
    generation._from_model_config = False  # or what follows would not be read again
    generation.max_length = _PLACES
    generation.is_multilingual = many
    generation.no_timestamps_token_id = number("<|notimestamps|>")
    generation.alignment_heads = [[0, 0], [1, 1]]
    generation.suppress_tokens = []
    generation.begin_suppress_tokens = []
    if many:
        tokens = [f"<|{language}|>" for language in list(LANGUAGES)[:99]]
        generation.lang_to_id = dict(zip(tokens, number(tokens), strict=True))
        generation.task_to_id = {task: number(f"<|{task}|>") for task in ("transcribe", "translate")}


def _save(folder: Path, model, processor) -> Path:
    disable_progress_bar()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
