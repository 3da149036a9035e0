"""What the tests of faults share: the table that they fill, and a broker that can be told to go."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tests import mosquitto
from tests.faults.table import PROPERTY, Row, lines


@pytest.fixture
def tell(record_property) -> Callable[[Row], None]:
    """Puts a row into the table and holds it to the promise: nothing is lost."""

    def told(row: Row) -> None:
        record_property(PROPERTY, asdict(row))
        print("", *lines([row]), sep="\n")  # noqa: T201 - the table is what these tests are for
        assert row.lost == 0, row

    return told


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where Mosquitto has its files. None of these tests is skipped where it is missing: they say what to install."""
    assert not mosquitto.missing(), mosquitto.missing()
    return tmp_path
