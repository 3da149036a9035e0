"""What systemd is told of a service it started: sd_notify(3), in the few lines that it takes."""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

_LOG = logging.getLogger(__name__)
_US_PER_S: Final = 1_000_000
_LONGEST_STATUS: Final = 200


class ServiceManager:
    """Whoever started us as a service and wants to know how we are; nobody in a terminal.

    Args:
        address: Its datagram socket: a path, or with `@` in front a name without a file; None where there is nobody.
        watchdog_s: It ends us unless it hears from us in this time, seconds; None where it does not.
    """

    def __init__(self, address: str | None, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s if address else None
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "ServiceManager":
        """The one that these environment variables speak of: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
        given = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog_s = int(given) / _US_PER_S if given.isdecimal() and int(given) and ours else None
        return cls(environment.get("NOTIFY_SOCKET") or None, watchdog_s)

    def ready(self) -> None:
        """We listen: what is started after us may start."""
        self._say("READY=1")

    def stopping(self) -> None:
        """We end, on purpose."""
        self._say("STOPPING=1")

    def alive(self) -> None:
        """We make progress: the watchdog waits anew."""
        self._say("WATCHDOG=1")

    def status(self, line: str) -> None:
        """How we are, in one line for people."""
        self._say(f"STATUS={' '.join(line.split())[:_LONGEST_STATUS]}")

    def _say(self, state: str) -> None:
        """Tell it; a manager that does not listen is no reason to stop or to wait."""
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(0)  # it may have no room: then it is told again soon
                out.sendto(state.encode(), self._address)
        except OSError as error:
            _LOG.warning("the service manager could not be told %s: %s", state.partition("=")[0], error)
