"""The one line that says what is wrong with a setting."""

import pytest
from pydantic import Field, ValidationError, model_validator

from model.config import Config, refused_setting


class Pair(Config):
    """Settings that must fit each other."""

    low: int = 0
    high: int = 1

    @model_validator(mode="after")
    def _in_order(self):
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class Inner(Config):
    """A branch."""

    depth: int = Field(default=1, ge=0)


class Needy(Config):
    """Settings without a default."""

    path: str


class Outer(Config):
    """A part's settings."""

    endpoint_s: float = Field(default=0.5, ge=0.1, le=3.0)
    inner: Inner = Inner()


def complaint(within: str = "", where: str = "", **given) -> str:
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(given)
    return str(refused_setting(error.value, Outer, within, lambda _: where))


def test_unknown_keys_name_what_was_probably_meant():
    assert complaint(endpoint=1) == "unknown setting 'endpoint'. Did you mean 'endpoint_s'?"
    assert complaint("segmenter", endpoint=1) == (
        "unknown setting 'segmenter.endpoint'. Did you mean 'segmenter.endpoint_s'?"
    )
    assert complaint(where="a.yaml", inner={"depht": 1}) == (
        "unknown setting 'inner.depht' in a.yaml. Did you mean 'inner.depth'?"
    )
    assert complaint(inner={"zzz": 1}).endswith("Known here: depth")


def test_a_value_out_of_range_is_repeated_with_its_range():
    assert complaint("segmenter", "a.yaml", endpoint_s=9) == (
        "setting 'segmenter.endpoint_s' in a.yaml: input should be less than or equal to 3 (it is 9). "
        "`undertone config` lists every setting with its meaning and range"
    )


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError):
        Inner().depth = 2


def test_what_is_missing_is_named():
    with pytest.raises(ValidationError) as error:
        Needy.model_validate({})
    assert str(refused_setting(error.value, Needy, "source")).startswith("setting 'source.path' is missing. ")


def test_an_unknown_key_explains_a_missing_one():
    with pytest.raises(ValidationError) as error:
        Needy.model_validate({"pth": "x"})
    assert str(refused_setting(error.value, Needy)) == "unknown setting 'pth'. Did you mean 'path'?"


def test_settings_that_do_not_fit_each_other_say_so_in_their_own_words():
    with pytest.raises(ValidationError) as error:
        Pair.model_validate({"low": 2})
    message = str(refused_setting(error.value, Pair, "segmenter", lambda _: "nowhere"))
    assert message.startswith("setting 'segmenter': low must not be above high. ")
