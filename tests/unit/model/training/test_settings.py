from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

pytest.importorskip("torch_geometric")

from model.training.ablation import AblationSettings
from model.training.face.settings import FaceTrainSettings
from model.training.settings import Corpus, TrainSettings
from model.training.vectors import VectorSettings
from model.training.voice.settings import VoiceTraining

PRESETS = sorted((Path(__file__).parents[4] / "configs" / "train").glob("*.yaml"))


def trainings(preset: Path) -> list[TrainSettings | FaceTrainSettings | VoiceTraining | VectorSettings]:
    """One, or one for every row of an ablation."""
    given = yaml.safe_load(preset.read_text())
    if "vectors" in given:
        return [VectorSettings.model_validate(given)]
    if given.get("part") == "face":
        return [FaceTrainSettings.model_validate(given)]
    if given.get("part") == "voice":
        return [VoiceTraining.model_validate(given)]
    if "rows" not in given:
        return [TrainSettings.model_validate(given)]
    ablation = AblationSettings.model_validate(given)
    return [ablation.training(row) for row in ablation.rows]


def test_every_shipped_training_preset_is_valid_over_three_seeds_and_more():
    assert PRESETS
    for preset in PRESETS:
        assert all(len(settings.seeds) >= 3 for settings in trainings(preset))


def test_a_path_alone_is_a_file_in_the_format_of_ecf_and_several_are_a_list():
    one = TrainSettings.model_validate({"train": "a.txt", "dev": "b.txt"})
    several = {"train": ["a.txt", {"path": "m.csv", "format": "meld"}], "dev": {"path": "b.txt"}}
    more = TrainSettings.model_validate(several)
    assert one.train == (Corpus(path=Path("a.txt")),)
    assert one.dev == more.dev == Corpus(path=Path("b.txt"), format="ecf")
    assert [corpus.format for corpus in more.train] == ["ecf", "meld"]
    assert TrainSettings.model_validate(more.model_dump(mode="json")) == more


@pytest.mark.parametrize("names", [["one", "one"], ["../up"], ["Two words"]])
def test_stages_have_names_that_can_be_folders_of_their_own(names):
    stages = [{"name": name, "data": "a.txt"} for name in names]
    with pytest.raises(ValidationError):
        TrainSettings.model_validate({"train": "a.txt", "dev": "b.txt", "stages": stages})


def test_there_is_something_to_learn_from():
    with pytest.raises(ValidationError):
        TrainSettings.model_validate({"train": [], "dev": "b.txt"})
