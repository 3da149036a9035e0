"""Training and reading with tables of voice and face."""

from random import Random

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

pytest.importorskip("torch_geometric")

from model import checkpoint
from model.datasets import formats
from model.encoders.tables import TablePaths, Tables
from model.errors import SettingsError
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from model.networks.predict import predict
from model.training.examples import present
from model.training.material import Material
from model.training.progress import Stopped
from model.training.settings import Presentation
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_tables import READS_ALL, write_tables
from tests.tiny_training import NETWORK, Watcher, tiny_settings

SHORT = {"epochs": 2, "batch": 4}  # 4 steps


def settings_with_tables(folder, **changes):
    folder.mkdir(exist_ok=True)
    given = {"tables": write_tables(folder), "network": READS_ALL, "optimisation": SHORT}
    return tiny_settings(folder, **(given | changes))


def stored(settings) -> dict[str, torch.Tensor]:
    return load_file(settings.results / "seed-1" / "checkpoint" / "model.safetensors")


def test_a_batch_has_what_the_tables_have(tmp_path):
    examples = Material(settings_with_tables(tmp_path), Watcher(), tiny_minilm).train
    batch = present(examples[-2:], Presentation(modality_dropout=0), Random(0))
    assert batch.sensed[Modality.AUDIO].features.shape == (8, 3)
    assert batch.sensed[Modality.AUDIO].present.tolist() == [True, False, True, True, True, False, True, False]
    assert batch.worded is not None
    assert batch.worded.all()


def test_conversations_of_another_format_have_nothing_whatever_their_numbers(tmp_path):
    tmp_path.joinpath("comments.tsv").write_text("so happy !\t1\t0\n")
    tmp_path.joinpath("labels.txt").write_text("neutral\njoy\n")
    comments = {"path": tmp_path / "comments.tsv", "format": "goemotions"}
    settings = settings_with_tables(tmp_path, train=[tmp_path / "data.txt", comments])
    examples = Material(settings, Watcher(), tiny_minilm).train
    assert not examples[-1].sensed
    batch = present(examples[-2:], Presentation(modality_dropout=0), Random(0))
    assert batch.sensed[Modality.VIDEO].present.tolist() == [True, True, True, False, False]


def test_words_alone_draw_no_more_than_before(tmp_path):
    examples = Material(tiny_settings(tmp_path), Watcher(), tiny_minilm).train
    random, plain = Random(1), Random(1)
    batch = present(examples, Presentation(), random)
    for _ in range(2 * len(examples)):
        plain.random()
    assert random.getstate() == plain.getstate()
    assert batch.worded is None


def test_training_stores_what_normalises_as_it_is_and_goes_on_after_an_interruption(tmp_path):
    whole = settings_with_tables(tmp_path / "whole")
    (run,) = train(whole, Watcher(), tiny_minilm)
    settings = settings_with_tables(tmp_path)
    with pytest.raises(Stopped):
        train(settings, Watcher(3), tiny_minilm)
    train(settings, Watcher(), tiny_minilm)
    weights, expected = stored(settings), stored(whole)

    assert all(torch.equal(tensor, expected[name]) for name, tensor in weights.items())
    rows = np.load(tmp_path / "video.npy")[1:]
    mean, scale = (weights[f"network.projections.video.{name}"] for name in ("mean", "scale"))
    assert mean.dtype == scale.dtype == torch.float32
    assert mean.numpy() == pytest.approx(rows.mean(axis=0), rel=1e-6)
    assert scale.numpy() == pytest.approx(rows.std(axis=0), rel=0.1)
    assert weights["network.projections.video.linear.weight"].dtype == torch.float16
    assert not any("text.mean" in name for name in weights)
    assert run.dev.scores.emotion_weighted_f1 > 0


def test_a_checkpoint_reads_what_it_is_given(tmp_path):
    settings = settings_with_tables(tmp_path)
    (run,) = train(settings, Watcher(), tiny_minilm)
    card = checkpoint.read_card(run.folder)
    loaded = checkpoint.assemble(run.folder, card, tiny_minilm(card.encoder_settings), stored(settings))
    gold = formats.load(tmp_path / "dev.txt", "ecf")
    voice_alone = TablePaths(rows=tmp_path / "rows.npy", audio=tmp_path / "audio.npy")
    said = [
        predict(gold, loaded.encoder, loaded.network, card.decision, tables)[0].emotions
        for tables in (None, Tables(voice_alone, card.network_settings.features), tables_of(settings))
    ]
    assert all(emotions.isfinite().all() for emotions in said)
    assert not torch.equal(said[0], said[1])
    assert not torch.equal(said[1], said[2])


def tables_of(settings) -> Tables:
    return Tables(settings.tables, settings.network.features)


def test_measured_features_are_normalised_in_the_network():
    network = MTML(Settings.model_validate(READS_ALL)).eval()
    projection = network.projections["audio"]
    mean, scale = torch.tensor([1e5, -3.0, 0.5]), torch.tensor([10.0, 1e-3, 1e4])
    normal = torch.randn(5, 3)
    with torch.inference_mode():
        before = projection(normal)
        projection.expect(mean, scale)
        torch.testing.assert_close(projection(normal * scale + mean), before, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("without", ["tables", "network"])
def test_tables_and_network_must_fit(tmp_path, without):
    with pytest.raises(ValidationError, match=r"network\.features names text.* there is text"):
        settings_with_tables(tmp_path, **({"tables": None} if without == "tables" else {"network": NETWORK}))


def test_another_width_is_refused_before_anything_is_read(tmp_path):
    network = READS_ALL | {"features": {"text": 16, "audio": 4, "video": 2}}
    material = Material(settings_with_tables(tmp_path, network=network), Watcher(), tiny_minilm)
    with pytest.raises(SettingsError, match=r"network\.features\.audio: 3"):
        _ = material.train
