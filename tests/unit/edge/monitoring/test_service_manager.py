"""What systemd is told, by way of a real datagram socket."""

import os
import socket

import pytest

from edge.monitoring.service_manager import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def listening(request, tmp_path):
    """A manager's socket, and the address of it that a service is given."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@undertone-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        inbox.bind(name.replace("@", "\0") if request.param == "abstract" else name)
        inbox.settimeout(5)
        yield inbox, name


def test_every_state_is_one_datagram(listening):
    inbox, address = listening
    manager = ServiceManager.of({"NOTIFY_SOCKET": address})
    manager.ready()
    manager.alive()
    manager.status("not ready:\n no connection to the broker")
    manager.stopping()
    said = [inbox.recv(4096).decode() for _ in range(4)]
    assert said == ["READY=1", "WATCHDOG=1", "STATUS=not ready: no connection to the broker", "STOPPING=1"]


def test_in_a_terminal_nobody_is_told():
    manager = ServiceManager.of({})
    manager.ready()
    assert manager.watchdog_s is None


@pytest.mark.parametrize(
    "environment, watchdog_s",
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_ours_only_if_it_says_so(environment, watchdog_s):
    assert ServiceManager.of({"NOTIFY_SOCKET": "/run/notify", **environment}).watchdog_s == watchdog_s


def test_a_manager_that_is_gone_is_no_reason_to_stop(tmp_path, caplog):
    ServiceManager(str(tmp_path / "gone")).ready()
    assert "could not be told READY" in caplog.text


def test_a_manager_that_does_not_read_is_not_waited_for(listening, caplog):
    _, address = listening
    manager = ServiceManager(address)
    for _ in range(1000):
        manager.alive()
    assert "could not be told WATCHDOG" in caplog.text
