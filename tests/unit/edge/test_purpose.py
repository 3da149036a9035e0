"""The law comes first."""

import pytest

from edge.purpose import Purpose, caution, refuse_unlawful
from edge.settings import AppSettings
from model.errors import SettingsError
from model.modality import Modality

PROTECTED = [Purpose.WORKPLACE, Purpose.EDUCATION]


@pytest.mark.parametrize("purpose", PROTECTED)
@pytest.mark.parametrize(
    "modalities, named",
    [
        ([Modality.TEXT, Modality.AUDIO], "voice there"),
        ([Modality.VIDEO], "face there"),
        ([Modality.AUDIO, Modality.VIDEO], "voice and face there"),
    ],
)
def test_voice_and_face_are_refused_at_work_and_in_education(purpose, modalities, named):
    with pytest.raises(SettingsError) as refused:
        refuse_unlawful(purpose, modalities)
    message = str(refused.value)
    assert "Article 5(1)(f)" in message
    assert "Regulation (EU) 2024/1689" in message
    assert named in message
    assert "modalities: [text]" in message


@pytest.mark.parametrize("purpose", PROTECTED)
def test_words_alone_are_allowed_there_with_a_caution(purpose):
    refuse_unlawful(purpose, [Modality.TEXT])
    warning = caution(purpose)
    assert warning is not None
    assert "Article 5(1)(f)" in warning
    assert "\n" not in warning


@pytest.mark.parametrize(
    "named", ["customer-service", "personal-training", "research", "medical", "accessibility", "training"]
)
def test_purposes_are_published_as_they_are_named(named):
    settings = AppSettings.model_validate({"purpose": named})
    assert settings.purpose == {"training": "personal-training"}.get(named, named)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose not in PROTECTED])
def test_other_purposes_are_nobodys_business(purpose):
    refuse_unlawful(purpose, list(Modality))
    assert caution(purpose) is None
