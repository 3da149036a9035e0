"""What the end-to-end tests share: the command line, and one fast run of the demo for all who look at it."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.running_node import UNDERTONE


@dataclass(frozen=True)
class DemoRun:
    """What `undertone demo --fast --json` printed: messages in the order of their arrival, and the summary."""

    messages: list[dict[str, Any]]
    summary: dict[str, Any]

    def payloads(self, subject: str) -> list[dict[str, Any]]:
        return [message["payload"] for message in self.messages if message["topic"].endswith(f"/{subject}")]


@pytest.fixture(scope="session")
def demo() -> DemoRun:
    done = subprocess.run(
        [*UNDERTONE, "demo", "--fast", "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return DemoRun(lines[:-1], lines[-1]["summary"])
