"""Packages: what an installation needs, and what of it is there."""

import pytest
from packaging.requirements import Requirement

from edge.doctor.check import State
from edge.doctor.checks.packages import Needs, PackagesCheck, installed_version, read_needs

PROJECT = """
[project]
requires-python = ">=3.11"
dependencies = ["numpy>=2.4,<3"]
[project.optional-dependencies]
dev = ["pytest>=9"]
train = ["torch-geometric>=2.8,<3"]
"""


def needs(*lines, extras=("train", "dev"), python=">=3.11", installed=True):
    return Needs(python, tuple(map(Requirement, lines)), extras, installed)


async def findings(needs, **there):
    return await PackagesCheck(needs, lambda name: there.get(name.replace("-", "_"))).look()


PLAIN = ("numpy>=2.4,<3", "tomli; python_version < '3.0'", "geometric>=2; extra == 'train'", "ruff; extra == 'dev'")


async def test_all_there():
    [fine] = await findings(needs(*PLAIN), numpy="2.4.1", geometric="2.8", ruff="1")
    assert fine.state is State.OK
    assert "1 packages" in fine.what


async def test_missing_old_and_new():
    old, absent = await findings(needs("numpy>=2.4,<3", "av>=18,<19", extras=()), numpy="1.26")
    assert (old.state, old.remedy) == (State.WARNING, "pip install 'numpy<3,>=2.4'")
    assert (absent.state, absent.what) == (State.PROBLEM, "the package av is not installed")


async def test_a_build_number_and_a_release_candidate_fit():
    [fine] = await findings(needs("torch>=2.13,<3", extras=()), torch="2.13.0+cpu")
    assert fine.state is State.OK
    [fine] = await findings(needs("torch>=2.13,<3", extras=()), torch="2.14.0rc1")
    assert fine.state is State.OK


async def test_an_extra_that_is_not_there_is_no_problem_and_the_developers_is_not_mentioned():
    _, extra = await findings(needs(*PLAIN), numpy="2.4.1")
    assert (extra.state, extra.what) == (State.SKIPPED, "extras that are not installed: train")
    assert extra.remedy == "pip install 'undertone[train]'"


async def test_an_extra_of_another_version_is_a_warning():
    _, odd = await findings(needs(*PLAIN), numpy="2.4.1", geometric="1.0", ruff="1")
    assert (odd.state, odd.what) == (State.WARNING, "geometric 1.0, made for >=2")


async def test_another_python_is_a_problem():
    [old] = await findings(needs(python=">=99"))
    assert old.state is State.PROBLEM


async def test_a_checkout_that_is_not_installed_is_told_by_its_project_file(tmp_path, monkeypatch):
    from importlib import metadata

    (tmp_path / "pyproject.toml").write_text(PROJECT)

    def nowhere(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", nowhere)
    needed = read_needs(tmp_path / "pyproject.toml")
    assert (needed.python, needed.extras, needed.installed) == (">=3.11", ("dev", "train"), False)
    there = await findings(needed, numpy="2.4.1", pytest="9.1", torch_geometric="2.8.0")
    assert [finding.what for finding in there if finding.state is State.WARNING] == [
        "undertone runs from a checkout and is not installed"
    ]


def test_what_is_installed_here_is_known():
    assert read_needs().requirements
    assert installed_version("numpy")
    assert installed_version("no-such-package-anywhere") is None


@pytest.mark.parametrize("name", ["aiomqtt", "packaging"])
def test_what_the_doctor_itself_needs_is_there(name):
    assert installed_version(name)
