"""What a process and its descendants take."""

import subprocess
import sys

import pytest

from edge.processes import usage

MIB = 2**20
GROW = """
import subprocess, sys
if len(sys.argv) > 1:
    subprocess.Popen([sys.executable, *sys.argv[:1], *sys.argv[2:]], stdin=sys.stdin)
block = bytearray(64 * 2**20)
end = __import__("time").process_time() + 0.2
while __import__("time").process_time() < end:
    pass
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family(tmp_path):
    """A process with a child; each holds 64 MiB and computed for a fifth of a second."""
    script = tmp_path / "grow.py"
    script.write_text(GROW, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), "child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
        yield process.pid


def test_children_are_counted_with_their_parents(family):
    used = usage(family)
    assert used.memory_bytes > 128 * MIB
    assert used.cpu_s >= 0.3


def test_those_below_this_process_are_counted_with_it(family):
    assert usage().memory_bytes > usage(family).memory_bytes


def test_the_time_of_those_that_ended_stays():
    before = usage().cpu_s
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert usage().cpu_s - before >= 0.25
