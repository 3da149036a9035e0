import json

import pytest

pytest.importorskip("torch_geometric")

from safetensors.torch import load_file

from model import checkpoint
from model.errors import CheckpointError, SettingsError
from model.training.progress import Stopped
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import Watcher, tiny_settings

COMMENTS = "so happy !\t1\tc{id}\nso sad !\t2\td{id}\nyou ?\t0\te{id}\n"
DIALOGUES = {
    "tr_1": [
        [
            {"turn": 1, "speaker": "A", "utterance": "good news !", "emotion": "neutral"},
            {
                "turn": 2,
                "speaker": "B",
                "utterance": "so happy !",
                "emotion": "happiness",
                "expanded emotion cause evidence": [1],
                "expanded emotion cause span": ["good news !"],
                "type": ["inter-personal"],
            },
        ]
    ]
}


def staged(folder, **changes):
    comments = folder / "comments.tsv"
    comments.write_text("".join(COMMENTS.format(id=i) for i in range(16)))
    (folder / "labels.txt").write_text("neutral\njoy\nsadness\n")
    dialogues = folder / "dialogues.json"
    dialogues.write_text(json.dumps(DIALOGUES))
    stages = [
        {
            "name": "emotions",
            "data": {"path": comments, "format": "goemotions"},
            "epochs": 2,
            "batch": 16,
            "utterances": 12,
            "alike": 2,
            "encoder_rate": 1e-3,
            "averaging": 0.5,
        },
        {"name": "links", "data": [{"path": dialogues, "format": "reccon"}], "epochs": 1, "averaging": 0.5},
    ]
    return tiny_settings(folder, **{"optimisation": {"epochs": 1}, "stages": stages} | changes)


def test_every_seed_starts_from_what_the_stages_learned_once(tmp_path):
    watcher = Watcher()
    settings = staged(tmp_path, seeds=(1, 2))
    runs = train(settings, watcher, tiny_minilm)
    assert [step.run for step in watcher.steps] == (
        ["stage emotions"] * 10 + ["stage links"] + ["seed 1"] * 4 + ["seed 2"] * 4
    )
    assert [epoch.run for epoch in watcher.epochs] == ["stage emotions"] * 2 + ["stage links", "seed 1", "seed 2"]
    assert {run.seed for run in runs} == {1, 2}
    stages = settings.results / "stages"
    first, second = (load_file(stages / name / "learned.safetensors") for name in ("emotions", "links"))
    assert first.keys() == second.keys()
    assert any((first[name] != second[name]).any() for name in first)
    assert len(json.loads((stages / "emotions" / "metrics.json").read_text())["epochs"]) == 2
    assert not (stages / "emotions" / "state.pt").exists()


def test_a_stage_moves_the_weights_on_and_another_seed_uses_it_again(tmp_path):
    train(staged(tmp_path), Watcher(), tiny_minilm)
    watcher = Watcher()
    settings = staged(tmp_path, seeds=(2,))
    train(settings, watcher, tiny_minilm)
    assert {step.run for step in watcher.steps} == {"seed 2"}
    assert sum("used again" in note for note in watcher.notes) == 2
    learned = load_file(settings.results / "stages" / "emotions" / "learned.safetensors")
    untouched = tiny_minilm(settings.encoder).tuned_layers()[0].state_dict()
    name = "attention.self.query.weight"
    assert (learned[f"encoder.0.{name}"].float() - untouched[name]).abs().max() > 1e-4


def test_an_interrupted_stage_goes_on_to_the_same_result(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    (expected,) = train(staged(whole), Watcher(), tiny_minilm)
    with pytest.raises(Stopped):
        train(staged(broken), Watcher(4), tiny_minilm)
    watcher = Watcher()
    (run,) = train(staged(broken), watcher, tiny_minilm)
    assert "stage emotions goes on after step 4" in watcher.notes
    assert (run.folder / "model.safetensors").read_bytes() == (expected.folder / "model.safetensors").read_bytes()


def test_a_stage_of_other_settings_is_not_used(tmp_path):
    train(staged(tmp_path), Watcher(), tiny_minilm)
    changed = staged(tmp_path).model_dump(mode="json")
    changed["stages"][0]["epochs"] = 3
    changed = type(staged(tmp_path)).model_validate(changed)
    with pytest.raises(SettingsError, match=r"stages\.emotions\.epochs was 2, is 3"):
        train(changed, Watcher(), tiny_minilm)


def test_the_card_names_every_data_set_and_its_terms(tmp_path):
    (run,) = train(staged(tmp_path), Watcher(), tiny_minilm)
    card = checkpoint.read_card(run.folder)
    terms = {each.name.split()[0].rstrip(",:"): each.terms for each in card.data}
    assert terms["GoEmotions"] == "Apache-2.0"
    assert "DailyDialog itself is CC BY-NC-SA 4.0" in terms["RECCON"]
    assert "GPL-3.0" in terms["Emotion-Cause-in-Friends"]
    assert str(tmp_path) not in card.model_dump_json()


def test_weights_of_a_stage_that_cannot_be_read_are_one_line(tmp_path):
    settings = staged(tmp_path)
    train(settings, Watcher(), tiny_minilm)
    (settings.results / "stages" / "links" / "learned.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError, match=r"learned\.safetensors.*--fresh"):
        train(staged(tmp_path, seeds=(2,)), Watcher(), tiny_minilm)
