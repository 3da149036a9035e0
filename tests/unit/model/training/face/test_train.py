import json

import numpy as np
import pytest
import torch

pytest.importorskip("torch_geometric", reason="training needs the extra train")

from model import encoder_checkpoint
from model.datasets import evidence_pools, fer2013
from model.emotions import EKMAN_LABELS
from model.errors import CheckpointError, DataError, SettingsError
from model.face import weights
from model.face.network import LABELS
from model.training.face.material import Material
from model.training.face.settings import FaceTrainSettings
from model.training.face.train import train
from model.training.progress import Stopped
from tests.tiny_training import Watcher


def tiny(folder, **changes):
    """Ninety faces that are bright by emotion, two parts, eight steps a seed."""
    random = np.random.default_rng(4)
    labels = np.arange(90) % 7
    pixels = np.clip(random.normal(30 * labels[:, None, None], 40, (90, 48, 48)), 0, 255).astype(np.uint8)
    np.savez(folder / "faces.npz", train_x=pixels[:76], train_y=labels[:76], val_x=pixels[76:], val_y=labels[76:])
    values = {
        "data": folder / "faces.npz",
        "results": folder / "results",
        "seeds": (1, 2),
        "folds": 2,
        "threads": 1,
        "network": {"stem": 2, "widths": (4,)},
        "optimisation": {"epochs": 2, "batch": 9, "half_precision": False},
    }
    return FaceTrainSettings.model_validate(values | changes)


def stored(settings, seed=1):
    return (settings.results / f"seed-{seed}" / "checkpoint" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    settings = tiny(tmp_path_factory.mktemp("trained"))
    watcher = Watcher()
    return settings, watcher, train(settings, watcher)


def test_every_step_and_every_epoch_is_told(trained):
    _, watcher, _ = trained
    assert [(step.run, step.number, step.total) for step in watcher.steps[:9]] == [
        *(("seed 1", number, 8) for number in range(1, 9)),
        ("seed 2", 1, 8),
    ]
    assert len(watcher.notes) == 4
    assert watcher.notes[0].startswith("seed 1, epoch 1: loss ")
    assert watcher.notes[0].endswith(" on val")


def test_every_card_has_the_figures_of_all_seeds_as_the_stored_networks_give_them(trained):
    settings, _, outcomes = trained
    val = fer2013.load(settings.data, "val")
    for outcome in outcomes:
        network, card = weights.load(outcome.folder)
        told = card.figures["dev_accuracy"]
        assert told["seeds"] == [round(each.dev.accuracy, 5) for each in outcomes]
        assert told["mean"] == pytest.approx(np.mean([each.dev.accuracy for each in outcomes]), abs=1e-5)
        assert card.figures["seeds"] == [1, 2]
        assert card.seed == outcome.seed
        said = network.read(torch.from_numpy(val.pixels)).argmax(1).numpy()
        assert outcome.dev.accuracy == (said == val.labels).mean()
        assert str(settings.data) not in json.dumps(card.model_dump())


def test_the_pool_holds_what_each_network_says_of_faces_it_did_not_see(trained):
    settings, _, outcomes = trained
    with np.load(settings.results / "pool.npz") as pool:
        features, labels, people, part = (pool[name] for name in ("features", "labels", "people", "part"))
    assert (features.dtype, features.shape) == (np.float32, (90, 7))
    np.testing.assert_allclose(features.mean(1), 0, atol=1e-5)
    assert sorted(people[part == "train"]) == sorted(f"fer2013-train-{number}" for number in range(76))
    material = Material.read(settings)
    place = people.tolist().index(f"fer2013-train-{material.unseen(2).nonzero()[0][0]}")
    picture = int(people[place].rpartition("-")[2])
    assert labels[place] == LABELS[material.train.labels[picture]]
    network, _ = weights.load(outcomes[1].folder)
    (said,) = network.folded().read(torch.from_numpy(material.train.pixels[[picture]])).softmax(1).log().numpy()
    in_order = said[[LABELS.index(label) for label in EKMAN_LABELS]]
    np.testing.assert_allclose(features[place], in_order - in_order.mean(), atol=1e-4)
    assert evidence_pools.load(settings.results / "pool.npz", "dev").features.shape == (14, 7)


def test_what_is_finished_is_not_trained_again_unless_that_is_asked_for(trained):
    settings, _, outcomes = trained
    before, watcher = stored(settings), Watcher()
    assert train(settings, watcher) == outcomes
    assert not watcher.steps
    assert "seed 1 is finished" in watcher.notes[0]
    anew = Watcher()
    train(settings, anew, fresh=True)
    assert len(anew.steps) == 16
    assert stored(settings) == before


def test_other_settings_do_not_go_on_in_the_same_folder(trained):
    settings, _, _ = trained
    other = settings.model_copy(update={"optimisation": settings.optimisation.model_copy(update={"rate": 0.01})})
    with pytest.raises(SettingsError, match="was trained with other settings"):
        train(other, Watcher())


@pytest.mark.parametrize("stop_after", [2, 4, 11])  # in an epoch, at its end, in the second seed
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(trained, tmp_path, stop_after):
    whole, _, outcomes = trained
    settings = tiny(tmp_path)
    first, second = Watcher(stop_after), Watcher()
    with pytest.raises(Stopped):
        train(settings, first)
    again = train(settings, second)
    assert [step.number for step in first.steps + second.steps] == [*range(1, 9)] * 2
    assert [stored(settings, seed) for seed in (1, 2)] == [stored(whole, seed) for seed in (1, 2)]
    assert [each.dev for each in again] == [each.dev for each in outcomes]
    assert not list(settings.results.glob("*/state.pt"))


def test_a_broken_state_is_told(tmp_path):
    settings = tiny(tmp_path)
    with pytest.raises(Stopped):
        train(settings, Watcher(2))
    (settings.results / "seed-1" / "state.pt").write_bytes(b"no state")
    with pytest.raises(CheckpointError, match="cannot be read, so the run cannot go on"):
        train(settings, Watcher())


def test_too_few_faces_for_a_step_are_told(tmp_path):
    settings = tiny(tmp_path, optimisation={"batch": 77})
    with pytest.raises(DataError, match="38 pictures to learn from are no batch"):
        train(settings, Watcher())


def test_every_seed_leaves_out_a_part_of_its_own(tmp_path):
    settings = tiny(tmp_path, folds=7, seeds=(1, 3, 7))
    material = Material.read(settings)
    left_out = np.stack([material.unseen(seed) for seed in settings.seeds])
    assert left_out.sum(0).max() == 1
    assert set(left_out.sum(1)) <= {10, 11}
    for seeds in ((1, 8), (0, 1), ()):
        with pytest.raises(ValueError, match=r"seed|at least 1"):
            tiny(tmp_path, folds=7, seeds=seeds)


def test_a_card_says_what_the_set_is_and_its_terms(trained):
    _, _, outcomes = trained
    card = encoder_checkpoint.read_card(outcomes[0].folder)
    assert card.reads == "face"
    assert "FER2013" in card.data[0].name
    assert card.training["optimisation"]["batch"] == 9


def test_every_seed_goes_on_from_its_own_network(trained, tmp_path):
    earlier, _, _ = trained
    still = {"epochs": 1, "batch": 9, "half_precision": False, "rate": 1e-12, "averaging": 0.0}
    finished = tiny(tmp_path, begin_from=earlier.results, optimisation=still)
    train(finished, Watcher())
    for seed in (1, 2):
        before, after = (weights.load(s.results / f"seed-{seed}" / "checkpoint")[0] for s in (earlier, finished))
        torch.testing.assert_close(after.classify.weight, before.classify.weight, rtol=0, atol=1e-3)
    anew = tiny(tmp_path, results=tmp_path / "anew", optimisation=still)
    train(anew, Watcher())
    other = weights.load(anew.results / "seed-1" / "checkpoint")[0]
    assert (other.classify.weight - before.classify.weight).abs().max() > 0.01


def test_going_on_where_other_pictures_were_left_out_is_refused(trained, tmp_path):
    earlier, _, _ = trained
    with pytest.raises(SettingsError, match="left out other pictures"):
        train(tiny(tmp_path, begin_from=earlier.results, fold_seed=7), Watcher())
    with pytest.raises(SettingsError, match="of other sizes"):
        train(tiny(tmp_path, begin_from=earlier.results, network={"stem": 2, "widths": (5,)}), Watcher())
