import json

import pytest

from edge.commands.schema import schema
from edge.wire.schemas import schema_ids
from model.errors import DataError


def test_schemas_are_printed_by_their_ids(capsys):
    schema(None)
    assert set(json.loads(capsys.readouterr().out)) == set(schema_ids())


def test_schemas_are_written_one_file_each(tmp_path):
    schema(tmp_path / "new" / "folder")
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert len(files) == len(schema_ids())
    assert "undertone.emotion.1.schema.json" in [file.name for file in files]
    assert all(json.loads(file.read_text())["$schema"] for file in files)


def test_the_asyncapi_document_is_one_file_or_printed(tmp_path, capsys):
    schema(tmp_path, asyncapi=True)
    schema(None, asyncapi=True)
    (file,) = tmp_path.iterdir()
    assert file.name == "asyncapi.yaml"
    assert capsys.readouterr().out == file.read_text()


def test_a_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="--out"):
        schema(tmp_path / "file" / "folder")
