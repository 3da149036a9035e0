"""An authority of our own, made as configs/mosquitto/README.md says, and certificates that it has signed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MOSQUITTO = Path(__file__).parents[1] / "configs" / "mosquitto"
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates in a folder, by the commands that the guide gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._commands = guide_commands()
        _sh(self._commands[0], folder)

    def broker(self, name: str) -> Pair:
        """A certificate for a broker's host."""
        _sh(self._commands[1].replace("name=broker.lan", f"name={name}"), self.folder)
        return Pair(self.folder / "server.pem", self.folder / "server.key")

    def client(self, user: str, password: str | None = None) -> Pair:
        """A certificate for a user; its key encrypted where there is a password."""
        command = self._commands[2].replace("user=living-room", f"user={user}")
        if password is not None:
            command = command.replace("-nodes", f"-passout 'pass:{password}'")
        _sh(command, self.folder)
        return Pair(self.folder / f"{user}.pem", self.folder / f"{user}.key")

    def expired(self, name: str) -> Pair:
        """A certificate that was valid until yesterday."""
        pair = Pair(self.folder / "expired.pem", self.folder / "expired.key")
        _sh(f"openssl req {_NEW_KEY} -subj /CN={name} -keyout expired.key -out expired.csr", self.folder)
        _sh("openssl x509 -req -in expired.csr -CA ca.pem -CAkey ca.key -days -1 -out expired.pem", self.folder)
        return pair


def guide_commands() -> list[str]:
    """The guide's blocks of commands, in their order."""
    return re.findall(r"```sh\n(.*?)```", (MOSQUITTO / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def _sh(command: str, folder: Path) -> None:
    subprocess.run(["bash", "-euc", command], cwd=folder, check=True, capture_output=True)
