import pytest

from model.datasets import ecf
from model.datasets.formats import FORMATS, load
from model.errors import DataError, SettingsError


def test_the_formats_are_known_by_name():
    assert {"ecf", "semeval", "meld", "iemocap", "reccon", "goemotions"} <= set(FORMATS)


def test_a_file_is_read_in_the_format_of_that_name(tmp_path):
    path = tmp_path / "conversations.txt"
    path.write_text("7 1\n\n1 | Monica | joy | Hi | Friends_S1E1: 00:00:01.0 - 00:00:02.0\n")

    assert load(path, "ecf") == ecf.load(path)


def test_an_unknown_name_is_refused_with_those_known(tmp_path):
    with pytest.raises(SettingsError, match=r"unknown data format 'mled'\. Did you mean 'meld'") as caught:
        load(tmp_path, "mled")
    assert all(name in caught.value.remedy for name in FORMATS)
    with pytest.raises(SettingsError, match=r"unknown data format ''\. Known are ecf, semeval"):
        load(tmp_path, "")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\xff", b"[]", b"7 2", b"\xef\xbb\xbf", b"\x80\x05N."])
def test_every_reader_refuses_what_is_not_its_own_and_names_the_file(tmp_path, name, content):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    (tmp_path / "labels.txt").write_text("joy\nneutral\n")

    for wrong in (path, tmp_path / "absent", tmp_path):
        with pytest.raises(DataError) as caught:
            load(wrong, name)
        assert caught.value.remedy
        assert str(wrong.parent) in caught.value.problem
