"""What `undertone bench incremental` refuses."""

import pytest
import torch
from typer.testing import CliRunner

from edge.commands.app import build
from model.errors import SettingsError


@pytest.mark.parametrize("sizes", ["", "ten", "10,,50", "0", "-3"])
def test_lengths_must_be_numbers_of_utterances(sizes):
    answer = CliRunner().invoke(build(), ["bench", "incremental", "--sizes", sizes])
    assert isinstance(answer.exception, SettingsError)
    assert "10,50,200" in answer.exception.remedy


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused():
    answer = CliRunner().invoke(build(), ["bench", "incremental", "--device", "cuda"])
    assert isinstance(answer.exception, SettingsError)
    assert "CUDA" in answer.exception.problem
