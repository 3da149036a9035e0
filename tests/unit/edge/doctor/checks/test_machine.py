"""Clock, memory, disk and permissions, on machines made of a few files."""

from datetime import UTC, datetime

import pytest

from edge.doctor.check import State
from edge.doctor.checks.clock import ClockCheck
from edge.doctor.checks.disk import DiskCheck, judge, room
from edge.doctor.checks.memory import MemoryCheck
from edge.doctor.checks.permissions import PermissionsCheck

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
SILENT = ("sh", "-c", "exit 1")


def clocks(*wall_s, says=SILENT):
    """A check whose wall clock says these times, one after the other, while the other clock stands still."""
    times = iter([*wall_s, *[wall_s[-1]] * 5])
    return ClockCheck(lambda: next(times), lambda: 100.0, says)


@pytest.mark.parametrize(
    "check, state, words",
    [
        (clocks(NOON), State.OK, "does not say"),
        (clocks(NOON, says=("sh", "-c", "echo yes")), State.OK, "kept by NTP"),
        (clocks(NOON, says=("sh", "-c", "echo no")), State.WARNING, "nothing keeps"),
        (clocks(NOON, says=("no-such-timedatectl",)), State.OK, "does not say"),
        (clocks(NOON, NOON + 3), State.WARNING, "set by +3.00 s"),
        (clocks(0.0), State.PROBLEM, "1970-01-01 00:00, which cannot be"),
        (clocks(9e9), State.PROBLEM, "cannot be"),
    ],
)
async def test_clocks(check, state, words):
    [finding] = await check.look()
    assert finding.state is state
    assert words in finding.what
    assert bool(finding.remedy) == (state is not State.OK)


def machine(folder, free_mb=4_000, load=0.5, group=None):
    proc, limits = folder / "proc", folder / "cgroup"
    proc.mkdir()
    limits.mkdir()
    (proc / "meminfo").write_text(f"MemTotal: 8000000 kB\nMemAvailable:   {free_mb * 1024} kB\n")
    (proc / "loadavg").write_text(f"{load} 0.1 0.1 1/100 4242\n")
    for name, text in (group or {}).items():
        (limits / name).write_text(f"{text}\n")
    return proc, limits


@pytest.mark.parametrize(
    "cores, free_mb, load, group, states",
    [
        (4, 4_000, 0.5, {}, ["ok"]),
        (4, 4_000, 0.5, {"memory.max": "max", "cpu.max": "max 100000"}, ["ok"]),
        (4, 900, 0.5, {}, ["problem"]),
        (4, 4_000, 0.5, {"memory.max": str(800 * 2**20), "memory.current": str(300 * 2**20)}, ["problem"]),
        (
            4,
            4_000,
            0.5,
            {
                "memory.max": str(4_000 * 2**20),
                "memory.current": str(3_900 * 2**20),
                "memory.stat": f"anon 1\ninactive_file {3_000 * 2**20}",
            },
            ["ok"],
        ),
        (1, 4_000, 0.5, {}, ["warning"]),
        (4, 4_000, 0.5, {"cpu.max": "150000 100000"}, ["warning"]),
        (2, 4_000, 6.2, {}, ["warning"]),
        (1, 100, 6.2, {}, ["problem", "warning", "warning"]),
    ],
)
async def test_memory_and_cores(tmp_path, cores, free_mb, load, group, states):
    findings = await MemoryCheck(1_200, cores, *machine(tmp_path, free_mb, load, group)).look()
    assert [finding.state.value for finding in findings] == states


async def test_a_system_that_does_not_tell_is_no_problem(tmp_path):
    [finding] = await MemoryCheck(1_200, 2, tmp_path, tmp_path).look()
    assert finding.what == "memory unknown, 2 cores"


def test_room_is_looked_for_where_a_folder_would_be_made(tmp_path):
    said = room(tmp_path / "not" / "there" / "yet")
    assert said["folder"] == str(tmp_path)
    assert said["writable"]
    assert said["free_mb"] > 0


@pytest.mark.parametrize(
    "free_mb, writable, states",
    [(10_000, True, ["ok"]), (20, True, ["warning"]), (10_000, False, ["warning"])],
)
def test_places_that_are_full_or_shut(free_mb, writable, states):
    rooms = {
        "weights": {"folder": "/data", "writable": writable, "free_mb": free_mb},
        "temporary files": {"folder": "/var", "writable": True, "free_mb": 9_000},
    }
    findings = judge(rooms)
    assert [finding.state.value for finding in findings] == states
    assert all("/data" in finding.what for finding in findings if finding.remedy)


async def test_the_disk_of_this_machine_is_looked_at():
    findings = await DiskCheck().look()
    assert findings[0].state in {State.OK, State.WARNING}


def devices(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


async def test_groups_that_we_are_not_in(tmp_path):
    there = devices(tmp_path, "snd/pcmC0D0c", "snd/pcmC0D0p", "video0")
    sound, camera = await PermissionsCheck(there, lambda path: False).look()
    assert "pcmC0D0c" in sound.what
    assert "pcmC0D0p" not in sound.what
    assert "usermod -aG audio" in sound.remedy
    assert "usermod -aG video" in camera.remedy
    [fine] = await PermissionsCheck(there, lambda path: True).look()
    assert fine.state is State.OK


async def test_no_devices_need_no_groups(tmp_path):
    [finding] = await PermissionsCheck(tmp_path).look()
    assert finding.state is State.SKIPPED
