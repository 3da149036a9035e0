"""How a broker learns who we are and how we know the broker: the settings of every connection, wherever it is made."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from edge.mqtt.address import BrokerAddress
from edge.mqtt.secret_file import closed_secret, read_password
from edge.mqtt.trust import Credentials
from model.config import Config
from model.errors import SettingsError


class Access(Config):
    """Who we are at a broker, and which certificates we trust."""

    username: str | None = Field(default=None, description="User at the broker; null for none.")
    password: SecretStr | None = Field(default=None, description="Password at the broker; only from the environment.")
    password_file: Path | None = Field(
        default=None, description="File with the password at the broker, which others must not be able to read."
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates of the authorities to trust, PEM; null for the system's."
    )
    client_certificate: Path | None = Field(
        default=None, description="Our certificate, PEM, for a broker that knows its clients by theirs; null for none."
    )
    client_key: Path | None = Field(
        default=None, description="The key of our certificate, PEM; null where it stands in the certificate's file."
    )
    client_key_password: SecretStr | None = Field(
        default=None, description="Password of an encrypted client_key; only from the environment."
    )
    allow_insecure: bool = Field(
        default=False, description="Whether a broker elsewhere may be used without TLS, or without saying who we are."
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise SettingsError("password and password_file are both given", "Give one of them")
        if self.client_certificate is None and (self.client_key is not None or self.client_key_password is not None):
            raise SettingsError("there is a client_key and no client_certificate", "Set client_certificate")
        return self

    @property
    def identified(self) -> bool:
        """Whether the broker learns who we are: by password, or by certificate."""
        password = self.password is not None or self.password_file is not None
        return (self.username is not None and password) or self.client_certificate is not None

    def credentials(self) -> Credentials:
        """What is shown to the broker, its files read now.

        Raises:
            SettingsError: A file with a secret cannot be read, or others may read it.
        """
        return Credentials(
            self.username,
            self._password(),
            None if self.ca_file is None else self.ca_file.expanduser(),
            None if self.client_certificate is None else self.client_certificate.expanduser(),
            self._key(),
            None if self.client_key_password is None else self.client_key_password.get_secret_value(),
        )

    def _password(self) -> str | None:
        if self.password_file is not None:
            return read_password(self.password_file, "password_file")
        return None if self.password is None else self.password.get_secret_value()

    def _key(self) -> Path | None:
        """The file with the key; where there is only one file, that is the certificate's."""
        if self.client_key is not None:
            return closed_secret(self.client_key, "client_key")
        return None if self.client_certificate is None else closed_secret(self.client_certificate, "client_certificate")


def refuse_insecure(access: Access, address: BrokerAddress) -> None:
    """Refuse a broker elsewhere that does not learn who we are, or to which others can listen, unless that was allowed.

    Raises:
        SettingsError: It is insecure and was not allowed.
    """
    if address.is_loopback or (address.tls and access.identified) or access.allow_insecure:
        return
    missing = "TLS" if access.identified else "user and password"
    raise SettingsError(
        f"the broker at {address} is on another machine and would be used without {missing}",
        "Use mqtts:// with username and password or with client_certificate; "
        "or set allow_insecure: true (for watch and ask: --allow-insecure)",
    )
