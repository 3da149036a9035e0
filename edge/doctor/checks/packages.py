"""Whether Python and the packages are those that undertone was made for."""

import platform
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import ClassVar, Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import edge
from edge.doctor.check import Finding, ok, problem, skipped, warning

_PROJECT: Final = Path(edge.__file__).parents[1] / "pyproject.toml"
_DISTRIBUTION: Final = "undertone"
_DEVELOPMENT: Final = "dev"


@dataclass(frozen=True, slots=True)
class Needs:
    """What an installation needs.

    Attributes:
        python: The versions of Python.
        requirements: Packages, those of extras with a marker.
        extras: Names of the extras.
        installed: Whether undertone itself is installed, and not merely run from a checkout.
    """

    python: str
    requirements: tuple[Requirement, ...]
    extras: tuple[str, ...]
    installed: bool = True


def installed_version(package: str) -> str | None:
    """The version of an installed distribution; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class PackagesCheck:
    """Looks at Python and at every package.

    Attributes:
        needs: What is needed; None reads it from the installation.
        version: Says which version of a package is installed, if any.
    """

    name: ClassVar[str] = "packages"
    limit_s: ClassVar[float] = 10.0

    needs: Needs | None = None
    version: Callable[[str], str | None] = installed_version

    async def look(self) -> Sequence[Finding]:
        """Packages that are missing or of another version, and the extras."""
        needs = self.needs or read_needs()
        plain = [each for each in needs.requirements if _wanted(each)]
        findings = [*self._python(needs.python), *filter(None, map(self._misfit, plain))]
        if not findings:
            findings = [ok(f"Python {platform.python_version()} and {len(plain)} packages in the versions needed")]
        if not needs.installed:
            findings.append(warning("undertone runs from a checkout and is not installed", "pip install -e ."))
        return [*findings, *self._extras(needs)]

    def _python(self, wanted: str) -> Iterable[Finding]:
        if platform.python_version() not in SpecifierSet(wanted, prereleases=True):
            yield problem(f"Python {platform.python_version()}, {wanted} is needed", "make PYTHON=/path/to/python3.11")

    def _misfit(self, requirement: Requirement) -> Finding | None:
        """What is wrong with a package; None if nothing."""
        version = self.version(requirement.name)
        line = f"pip install '{requirement.name}{requirement.specifier}'"
        if version is None:
            return problem(f"the package {requirement.name} is not installed", line)
        if not requirement.specifier.contains(version, prereleases=True):
            return warning(f"{requirement.name} {version}, made for {requirement.specifier}", line)
        return None

    def _extras(self, needs: Needs) -> Iterable[Finding]:
        """What is wrong with extras that are there, and which are not: what is there in part was never asked for."""
        absent = []
        for extra in needs.extras:
            own = [each for each in needs.requirements if _wanted(each, extra) and not _wanted(each)]
            if all(self.version(each.name) for each in own):
                yield from filter(None, map(self._misfit, own))
            elif extra != _DEVELOPMENT:
                absent.append(extra)
        if absent:
            yield skipped(
                f"extras that are not installed: {', '.join(absent)}", f"pip install 'undertone[{absent[0]}]'"
            )


def read_needs(project: Path = _PROJECT) -> Needs:
    """What the installed distribution says it needs; of a checkout that is not installed, what its project says."""
    try:
        about = metadata.metadata(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return _from_project(tomllib.loads(project.read_text(encoding="utf-8"))["project"])
    required = tuple(map(Requirement, metadata.requires(_DISTRIBUTION) or ()))
    return Needs(about["Requires-Python"], required, tuple(about.get_all("Provides-Extra") or ()))


def _from_project(project: dict[str, object]) -> Needs:
    needed, optional = project["dependencies"], project["optional-dependencies"]
    if not (isinstance(needed, list) and isinstance(optional, dict)):
        raise TypeError("dependencies of a project are a list, its extras a table")
    lines = [*needed, *(f'{line}; extra == "{extra}"' for extra, more in optional.items() for line in more)]
    return Needs(str(project["requires-python"]), tuple(map(Requirement, lines)), tuple(optional), installed=False)


def _wanted(requirement: Requirement, extra: str = "") -> bool:
    """Whether it is needed on this system, with an extra or with none."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
