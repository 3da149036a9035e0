from pathlib import Path

import yaml

from model.training.settings import TrainSettings

PRESETS = sorted((Path(__file__).parents[4] / "configs" / "train").glob("*.yaml"))


def test_every_shipped_training_preset_is_valid_and_its_heads_divide_its_width():
    assert PRESETS
    for preset in PRESETS:
        settings = TrainSettings.model_validate(yaml.safe_load(preset.read_text()))
        assert settings.network.width % settings.network.heads == 0
        assert len(settings.seeds) >= 3
