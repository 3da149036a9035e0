import pytest
from pydantic import ValidationError

pytest.importorskip("torch_geometric")

from model.training.ablation import AblationSettings, Row, Spread, table

BASE = {"train": "train.txt", "dev": "dev.txt", "results": "runs/rows", "network": {"width": 8, "heads": 2}}


def settings(**rows) -> AblationSettings:
    return AblationSettings.model_validate({"base": BASE, "rows": rows})


def test_a_row_changes_what_it_names_and_nothing_else():
    rows = settings(whole={}, deeper={"network": {"layers": 3, "graph": {"past": 2}}})
    whole, deeper = rows.training("whole"), rows.training("deeper")

    assert deeper.network.layers == 3
    assert deeper.network.graph.past == 2
    assert deeper.network.width == whole.network.width == 8
    assert deeper.optimisation == whole.optimisation
    assert rows.base["network"] == {"width": 8, "heads": 2}


def test_every_row_has_a_folder_of_its_own():
    rows = settings(**{"R = 1": {"network": {"rounds": 1}}, "P = 2": {}})

    assert [rows.training(name).results.as_posix() for name in rows.rows] == ["runs/rows/r-1", "runs/rows/p-2"]


def test_what_is_no_setting_is_refused():
    with pytest.raises(ValidationError, match="wdith"):
        settings(wrong={"network": {"wdith": 3}}).training("wrong")


def test_the_table_shows_means_and_spread():
    measures = {"pair_f1": Spread(0.5, 0.01), "w_avg_6": Spread(0.3, 0.002), "emotion_weighted_f1": Spread(0.55, 0)}
    lines = table([Row("R = 1", 3, 0, measures)]).splitlines()

    assert lines[0] == "|  | pair f1 | w avg 6 | emotion weighted f1 | horizon | seeds |"
    assert lines[2] == "| R = 1 | 0.500 ± 0.010 | 0.300 ± 0.002 | 0.550 ± 0.000 | 0 | 3 |"
