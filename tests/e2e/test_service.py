"""undertone as a system service: the unit is right, and what it starts does what systemd expects."""

import asyncio
import shutil
import signal
import subprocess

import pytest
import typer

from edge.commands.app import build
from edge.watch.subscriber import subscribe
from model.errors import BrokerAwayError, NodeTakenError, UsageError
from tests import service_unit
from tests.running_broker import running_broker
from tests.service_unit import COMMAND, UNIT, Systemd, value

READY_WITHIN_S = 60.0
CAPTIONS = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ann>We got the house!</v>\n\n"
INSTALL = "apt-get install -y --no-install-recommends systemd"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason=f"needs, as root: {INSTALL}")


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is there."""
    program = tmp_path / "undertone"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text(encoding="utf-8").replace(COMMAND, str(program)), encoding="utf-8")
    return path


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=30)


@needs_systemd
def test_systemd_understands_every_line_of_the_unit(unit):
    done = analyze("verify", "--man=no", str(unit))
    assert "undertone.service" not in done.stderr + done.stdout


@needs_systemd
def test_the_service_may_do_little(unit):
    done = analyze("security", "--offline=true", "--threshold=20", str(unit))  # tenths, of ten for everything
    assert done.returncode == 0, done.stdout


def test_the_command_line_takes_what_the_unit_says():
    name, *options = service_unit.command_line()
    command = typer.main.get_command(build()).commands[name]
    with command.make_context(name, options) as given:
        assert (name, given.params["config"]) == ("run", "/etc/undertone/undertone.yaml")


def test_what_a_restart_cannot_mend_is_not_restarted():
    given_up = set(map(int, value("RestartPreventExitStatus").split()))
    assert given_up == {UsageError.exit_code, NodeTakenError.exit_code}
    assert BrokerAwayError.exit_code not in given_up
    assert value("Restart") == "on-failure"


def test_no_secret_stands_in_the_unit():
    assert all("PASSWORD" not in line for line in service_unit.values("Environment"))


@pytest.mark.timeout(300)  # two starts, on a machine that is busy with other things
async def test_what_the_unit_starts_is_ready_watched_restarted_and_stopped(tmp_path):
    (tmp_path / "captions.vtt").write_text(CAPTIONS, encoding="utf-8")
    async with running_broker() as broker:
        systemd = Systemd(tmp_path, watchdog_s=2.0)
        systemd.settings.write_text(
            f"node: desk\nsource: {{part: captions, path: {tmp_path / 'captions.vtt'}, follow: true}}\n"
        )
        systemd.environment_file.write_text(f"UNDERTONE_PUBLISHER__BROKER={broker.url}\n")
        statuses = []
        try:
            async with subscribe(broker.url) as messages:
                listening = asyncio.create_task(keep_statuses(messages, statuses))
                await be_ready(systemd)
                systemd.send(signal.SIGKILL)
                assert await systemd.ended(5) == -signal.SIGKILL
                await be_ready(systemd)
                systemd.send(signal.SIGSTOP)
                assert await systemd.hears_nothing_for(1.5 * systemd.watchdog_s)
                systemd.send(signal.SIGCONT)
                systemd.states.clear()
                await systemd.hears("WATCHDOG=1", 10)
                systemd.send(signal.SIGTERM)
                await systemd.hears("STOPPING=1", 10)
                assert await systemd.ended(10) == 0
                await asyncio.wait_for(listening, 5)
        finally:
            await systemd.close()
    assert statuses == ["online", "offline", "online", "stopped"]
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["undertone"]


async def be_ready(systemd):
    await systemd.start()
    await systemd.hears("READY=1", READY_WITHIN_S)
    assert "STATUS=not ready: still loading" in systemd.states
    systemd.states.clear()
    await systemd.hears("WATCHDOG=1", systemd.watchdog_s)


async def keep_statuses(messages, statuses):
    async for message in messages:
        if message.place.subject == "status":
            statuses.append(message.payload["status"])
            if statuses[-1] == "stopped":
                return
