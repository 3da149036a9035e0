"""Where a broker is: `mqtt://host:port` or `mqtts://host:port`."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from model.errors import SettingsError

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, and whether it speaks TLS."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine on the way there.

        Of names only `localhost` counts: what another resolves to now may be elsewhere when we connect.
        """
        if self.host == "localhost":
            return True
        try:
            number = ip_address(self.host)
        except ValueError:
            return False
        mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
        return (mapped or number).is_loopback


def parse_address(url: str) -> BrokerAddress:
    """The address in a URL.

    Raises:
        SettingsError: It is none, or it carries a password, which is not repeated.
    """
    if "@" in url or "?" in url:
        raise SettingsError("a broker address must not hold a user or a password", "Set username and password instead")
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{url!r} is no broker address: {error}", "Write mqtt://host:1883") from error
    if scheme not in _PORTS or not host or parts.path.strip("/") or parts.fragment:
        raise SettingsError(f"{url!r} is no broker address", "Write mqtt://host:1883, or mqtts://host:8883 for TLS")
    return BrokerAddress(host, port or _PORTS[scheme], scheme == "mqtts")
