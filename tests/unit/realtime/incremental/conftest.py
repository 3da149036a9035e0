"""The implementations of the step: whatever holds for one holds for all."""

import pytest

from realtime.incremental.fused.passage import FusedPass
from realtime.incremental.plain.passage import IncrementalPass


@pytest.fixture(
    scope="session", params=[pytest.param(IncrementalPass, id="torch"), pytest.param(FusedPass, id="fused")]
)
def step(request):
    """From a network to what reads with it, as `IncrementalPass` does."""
    return request.param
