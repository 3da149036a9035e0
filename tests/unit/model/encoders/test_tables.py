import numpy as np
import pytest
import torch
from pydantic import ValidationError

from model.conversation import Conversation, Utterance
from model.datasets.feature_tables import Statistics
from model.encoders.tables import Normalisation, TablePaths, Tables
from model.errors import SettingsError
from model.modality import Modality
from tests.tiny_tables import SIZES, write_tables

FEATURES = {Modality(name): width for name, width in SIZES.items()}


def conversation(number: int) -> Conversation:
    return Conversation(str(number), tuple(Utterance(str(n + 1), n, "ann", "") for n in range(4)))


def test_features_are_as_measured_and_who_has_none_is_absent(tmp_path):
    paths = TablePaths.model_validate(write_tables(tmp_path))
    sensed = Tables(paths, FEATURES).of(conversation(7))
    written = np.load(tmp_path / "audio.npy")

    assert sensed[Modality.AUDIO].present.tolist() == [True, False, True, False]
    assert sensed[Modality.VIDEO].present.tolist() == [True, True, True, False]
    assert sensed[Modality.AUDIO].features[0].numpy() == pytest.approx(written[29])
    assert not sensed[Modality.AUDIO].features[[1, 3]].any()


def test_a_conversation_of_nobody_in_the_tables_has_nothing(tmp_path):
    sensed = Tables(TablePaths.model_validate(write_tables(tmp_path)), FEATURES).of(conversation(99))
    assert not any(each.present.any() for each in sensed.values())


def test_what_float32_cannot_hold_is_absent(tmp_path):
    paths = write_tables(tmp_path)
    values = np.load(tmp_path / "video.npy")
    values[1, 0] = 1e300
    np.save(tmp_path / "video.npy", values)
    sensed = Tables(TablePaths.model_validate(paths), FEATURES).of(conversation(0))[Modality.VIDEO]
    assert sensed.present.tolist() == [False, True, True, True]
    assert sensed.features.isfinite().all()


def test_what_is_expected_comes_from_the_conversations_for_training_alone(tmp_path):
    tables = Tables(TablePaths.model_validate(write_tables(tmp_path)), FEATURES)
    expected = tables.normalisations([conversation(0), conversation(1)])[Modality.VIDEO]
    rows = np.load(tmp_path / "video.npy")[1:9]
    assert expected.mean.numpy() == pytest.approx(rows.mean(axis=0), rel=1e-6)
    assert expected.scale.numpy() == pytest.approx(rows.std(axis=0), rel=1e-3)


def test_a_deviation_that_vanishes_in_float32_divides_by_one():
    expected = Normalisation.by(Statistics(np.zeros(2), np.array([1e-300, 2.0])))
    assert torch.equal(expected.scale, torch.tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "features,message",
    [
        ({Modality.AUDIO: 3}, r"video\.npy is about video, .* network\.features\.video: 2"),
        (
            {Modality.AUDIO: 4, Modality.VIDEO: 2},
            r"audio\.npy has 3 features .* reads 4 .* network\.features\.audio: 3",
        ),
    ],
)
def test_tables_for_another_network_are_refused(tmp_path, features, message):
    with pytest.raises(SettingsError, match=message):
        Tables(TablePaths.model_validate(write_tables(tmp_path)), features)


def test_rows_without_a_table_are_refused(tmp_path):
    with pytest.raises(ValidationError, match="audio, video or both"):
        TablePaths(rows=tmp_path / "rows.npy")
