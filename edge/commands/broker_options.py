"""The options of every command that goes to a broker by itself, and who it is there."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from edge.mqtt.address import BrokerAddress
    from edge.mqtt.trust import Credentials

PASSWORD: Final = "UNDERTONE_PUBLISHER__PASSWORD"  # noqa: S105 - the variable's name
KEY_PASSWORD: Final = "UNDERTONE_PUBLISHER__CLIENT_KEY_PASSWORD"  # noqa: S105

UrlOption = Annotated[str, typer.Option(help="The broker: mqtt://host:port, or mqtts://host:port for TLS.")]
SiteOption = Annotated[str, typer.Option(help="The place that is listened to.")]
UsernameOption = Annotated[
    str | None,
    typer.Option(
        envvar="UNDERTONE_PUBLISHER__USERNAME",
        help=f"User at the broker. The password is read from {PASSWORD}, or from a file.",
        show_default=False,
    ),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="UNDERTONE_PUBLISHER__PASSWORD_FILE", help="File with the password at the broker.", show_default=False
    ),
]
CaFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="UNDERTONE_PUBLISHER__CA_FILE",
        help="Certificates of the authorities to trust, PEM.",
        show_default="the system's",
    ),
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(
        envvar="UNDERTONE_PUBLISHER__CLIENT_CERTIFICATE",
        help="Our certificate, PEM, for a broker that knows its clients by theirs.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        envvar="UNDERTONE_PUBLISHER__CLIENT_KEY",
        help=f"Its key, PEM; the password of an encrypted one is read from {KEY_PASSWORD}.",
        show_default=False,
    ),
]
InsecureOption = Annotated[
    bool,
    typer.Option(
        "--allow-insecure",
        envvar="UNDERTONE_PUBLISHER__ALLOW_INSECURE",
        help="Use a broker elsewhere without TLS, or without saying who we are.",
    ),
]


def broker_access(
    url: str,
    *,
    username: str | None,
    password_file: Path | None,
    ca_file: Path | None,
    client_certificate: Path | None,
    client_key: Path | None,
    allow_insecure: bool,
) -> "tuple[BrokerAddress, Credentials]":
    """Where the broker is and who we are there; passwords come from the environment.

    Raises:
        SettingsError: The address is none, the options do not go together, a secret's file is open to others, or the
            broker is elsewhere and insecure.
    """
    from edge.mqtt.access import Access, refuse_insecure
    from edge.mqtt.address import parse_address

    access = Access.model_validate(
        {
            "username": username,
            "password": None if password_file else os.environ.get(PASSWORD),
            "password_file": password_file,
            "ca_file": ca_file,
            "client_certificate": client_certificate,
            "client_key": client_key,
            "client_key_password": os.environ.get(KEY_PASSWORD) if client_certificate else None,
            "allow_insecure": allow_insecure,
        }
    )
    address = parse_address(url)
    refuse_insecure(access, address)
    return address, access.credentials()
