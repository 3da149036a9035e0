"""Mosquitto as configs/mosquitto has it, and a client for each of its roles."""

import getpass
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt

from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from tests.authority import MOSQUITTO, Authority
from tests.mosquitto import answering, free_port, program, started

NODE, VIEWER, BLIND, CONTROLLER = "living-room", "viewer", "viewer-without-words", "controller"
ROLES = (NODE, VIEWER, BLIND, CONTROLLER, "home-assistant", "robot")
HOST = "localhost"


class RoleBroker:
    """Where it listens for passwords and for certificates, and who everybody is."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.by_password = BrokerAddress(HOST, free_port(), tls=True)
        self.by_certificate = BrokerAddress(HOST, free_port(), tls=True)
        self.credentials = {role: Credentials(role, f"{role} 5ecret", self.authority.certificate) for role in ROLES}

    def client(self, role: str, version: MqttVersion = MqttVersion.V3_1_1) -> aiomqtt.Client:
        """A client that shows the role's password."""
        return new_client(self.by_password, self.credentials[role], version, f"test-{role}", 15)


@asynccontextmanager
async def running_roles(folder: Path) -> AsyncIterator[RoleBroker]:
    """Mosquitto from the shipped files, their paths and ports put into this folder and on this machine."""
    broker = RoleBroker(folder)
    broker.authority.broker(HOST)
    (folder / "state").mkdir()
    (folder / "acl.conf").write_text((MOSQUITTO / "acl.conf").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "acl.conf").chmod(0o600)
    _passwords(folder / "passwords", broker)
    text = (MOSQUITTO / "mosquitto.conf").read_text(encoding="utf-8")
    for ours, here in (
        ("/etc/mosquitto/undertone", str(folder)),
        ("/var/lib/mosquitto/", f"{folder}/state/"),
        ("listener 8883", f"listener {broker.by_password.port} 127.0.0.1"),
        ("listener 8884", f"listener {broker.by_certificate.port} 127.0.0.1"),
    ):
        assert ours in text, ours
        text = text.replace(ours, here)
    async with started(folder, f"{text}user {getpass.getuser()}\n") as process:
        for address in (broker.by_password, broker.by_certificate):
            await answering(address.port, process)
        yield broker


def _passwords(file: Path, broker: RoleBroker) -> None:
    for role, credentials in broker.credentials.items():
        new = () if file.exists() else ("-c",)
        words = [program("mosquitto_passwd"), "-b", *new, str(file), role, credentials.password or ""]
        subprocess.run(words, check=True)
