import pytest

from realtime.incremental.buckets import MOST_LANES, bucket


@pytest.mark.parametrize("lanes,size", [(1, 8), (8, 8), (9, 16), (16, 16), (17, 32), (1000, 1024), (1024, 1024)])
def test_a_step_has_one_of_a_few_sizes(lanes, size):
    assert bucket(lanes) == size


@pytest.mark.parametrize("lanes", [0, MOST_LANES + 1])
def test_a_step_takes_neither_none_nor_too_many(lanes):
    with pytest.raises(ValueError, match=f"from 1 to 1024 lanes, not {lanes}"):
        bucket(lanes)
