"""The Dockerfile, carried out as far as that goes without a Docker engine: CI has none."""

import fnmatch
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_CARRIED_OUT = {
    "RUN apt-get update && apt-get install": "its packages are looked up instead, and `make test` installs them",
    "RUN groupadd": "it would change the users of this machine",
    "RUN python -m realtime.incremental.fused": "`make` does the same when it installs",
    "RUN /opt/undertone/bin/python -m pip install": "what it installs besides undertone, `make` installed",
}
"""Steps of which nothing, or not all, is run here; and why."""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, each with the rest of its line; comments are left out."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in lines.splitlines() if line.strip()]


def rests(kind: str) -> list[str]:
    return [" ".join(rest.split()) for name, rest in instructions() if name == kind]


def variables() -> dict[str, str]:
    return dict(word.split("=", 1) for rest in rests("ENV") for word in shlex.split(rest))


def sent_to_the_builder(path: Path) -> bool:
    """Whether .dockerignore lets a file through: everything is kept out but what is named."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    named = any(path.is_relative_to(rule[1:]) for rule in rules if rule.startswith("!"))
    return named and not any(fnmatch.fnmatch(f"/{path}", f"*/{rule.removeprefix('**/')}*") for rule in rules[1:])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """What `pip install .` of the build stage makes of the files that it copies, and of no others."""
    folder = tmp_path_factory.mktemp("docker")
    context = folder / "context"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(sent_to_the_builder, map(Path, tracked.splitlines())):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, context / name)
    stage = folder / "src"
    stage.mkdir()
    for rest in rests("COPY"):
        if not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                there = context / source
                shutil.copytree(there, stage / target) if there.is_dir() else shutil.copy2(there, stage / target)
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-w", folder, stage]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, timeout=120)
    (made,) = folder.glob("undertone-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel) -> Path:
    """An environment with undertone from the wheel alone; the libraries are those of the tests."""
    folder = wheel.parent / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    words = ["install", "-q", "--no-deps", "--no-index", "--ignore-installed", "--disable-pip-version-check", wheel]
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    subprocess.run([*pip, *words], check=True, timeout=120)
    return folder


def test_the_wheel_holds_all_that_is_not_code(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    weights = {path.relative_to(ROOT).as_posix() for path in (ROOT / "model" / "weights").rglob("*") if path.is_file()}
    assert weights
    assert {name for name in weights if not name.endswith((".pyc", ".png", ".svg"))} <= names
    assert {f"configs/{path.name}" for path in (ROOT / "configs").glob("*.yaml")} <= names
    assert {"edge/demo/conversation.flac", "edge/demo/conversation.jsonl", "edge/demo/timing.jsonl"} <= names
    assert sum(name.startswith("model/weights/") and name.endswith("README.md") for name in names) >= 3
    assert not [name for name in names if name.startswith(("tests/", "docs/", ".git"))]


def test_the_program_answers_from_the_wheel_alone(installed, tmp_path):
    assert rests("ENTRYPOINT") == ['["undertone"]']
    environment = {"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}

    def answer(program, *words):
        command = [installed / "bin" / program, *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Listen to the microphone" in answer("undertone", "--help")
    script = "import edge.configuration as it; print(it.__file__, it.read_configuration('kiosk').origins.file)"
    found = [Path(path) for path in answer("python", "-c", script).split()]
    site = next(installed.glob("lib/*/site-packages"))
    assert found == [site / "edge" / "configuration.py", site / "configs" / "kiosk.yaml"]


def test_the_times_of_our_files_are_whole_seconds_after_that_step(installed):
    (step,) = [rest for rest in rests("RUN") if "utime" in rest]
    site = next(installed.glob("lib/*/site-packages"))
    here = step.replace("/opt/undertone/lib/python3.11/site-packages", str(site))
    here = here.replace("/opt/undertone", str(installed))
    subprocess.run(["sh", "-c", here], check=True, timeout=60)
    files = [path for package in ("model", "realtime", "edge") for path in (site / package).rglob("*.py")]
    assert files
    assert all(path.stat().st_mtime_ns % 1_000_000_000 == 0 for path in files)


def test_packages_of_debian_are_those_of_the_makefile_and_exist():
    install = re.findall(r"apt-get install -y --no-install-recommends ([^&]+)&&", " ".join(rests("RUN")))
    packages = " ".join(install).split()
    makefile = re.search(r"^SYSTEM_RUNTIME := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(packages) == set(makefile[1].split()) - {"python3-dev", "python3-venv"}  # the image has a Python
    known = subprocess.run(["apt-cache", "show", *packages], capture_output=True, text=True, check=True).stdout
    assert set(packages) <= set(re.findall("^Package: (.+)$", known, re.MULTILINE))


def test_what_is_installed_is_pinned():
    (install,) = [rest for rest in rests("RUN") if "pip install" in rest]
    words = shlex.split(install.partition(" pip install ")[2])
    assert words[-1] == "."
    assert words[words.index("-c") + 1] == "constraints.txt"
    pinned = {
        line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split("\n")
    }
    project = (ROOT / "pyproject.toml").read_text().partition("dependencies = [")[2].partition("\n]")[0]
    for name in re.findall(r'^    "([A-Za-z0-9_.-]+)', project, re.MULTILINE):
        assert name.lower().replace("_", "-") in pinned, name


def test_nobody_is_root_and_no_secret_is_inside():
    users = rests("USER")
    assert users
    assert users[-1].split(":")[0] not in {"0", "root"}
    assert rests("STOPSIGNAL") == ["SIGTERM"]
    assert rests("VOLUME") == [variables()["XDG_STATE_HOME"] + "/undertone"]
    names = [*variables(), *(rest.partition("=")[0] for rest in rests("ARG"))]
    assert not [name for name in names if re.search("PASSWORD|SECRET|TOKEN(?!IZERS)|KEY", name)]


def test_health_is_asked_where_it_is_served():
    (check,) = rests("HEALTHCHECK")
    assert f":{variables()['UNDERTONE_MONITORING__PORT']}/healthz" in check
    asked = re.search(r'CMD \["python", "-c", "(.+)"\]', check)
    compile(asked[1], "HEALTHCHECK", "exec")


def test_every_step_is_carried_out_or_named():
    carried_out = ("RUN python -m venv", "RUN cd /opt/undertone/lib")
    steps = [f"RUN {rest}" for rest in rests("RUN")]
    assert not [step for step in steps if not step.startswith((*carried_out, *NOT_CARRIED_OUT))]
    assert not [name for name in NOT_CARRIED_OUT if not any(step.startswith(name) for step in steps)]
    assert {rest.split()[0] for rest in rests("FROM")} == {"python:3.11-slim-bookworm"}
