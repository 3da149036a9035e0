"""Who we are to a broker and whether it is the broker it says it is: TLS, and one line for each way it can fail."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge.mqtt.address import BrokerAddress
from model.errors import BrokerError

_EXPIRED, _NOT_YET, _OWN, _UNKNOWN, _NAME, _NUMBER = {10}, {9}, {18}, {2, 19, 20, 21, 27}, {62}, {64}
"""Codes of OpenSSL's X509_V_ERR_…, by what people can do about them."""

_AUTHORITY: Final = "Set ca_file to the certificate of the authority that signed it"


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we show who we are, and whom we trust.

    Attributes:
        username: At the broker.
        password: At the broker.
        ca_file: Certificates of the authorities we trust; the system's where it is None.
        certificate: Our own certificate.
        key: Its key; it may stand in the same file.
        key_password: Of an encrypted key.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)


def tls_context(credentials: Credentials) -> ssl.SSLContext:
    """TLS 1.2 or newer; the broker must show a certificate for its host's name that somebody we trust has signed.

    Raises:
        BrokerError: A file cannot be read, or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=credentials.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(f"cannot read certificates from {credentials.ca_file}: {error}", "Check ca_file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if credentials.certificate is not None:
        _show_certificate(context, credentials, credentials.certificate)
    return context


def _show_certificate(context: ssl.SSLContext, credentials: Credentials, certificate: Path) -> None:
    key = credentials.key or certificate
    # Without any password OpenSSL would ask on the terminal.
    password = credentials.key_password or ""
    try:
        context.load_cert_chain(certificate, key, password=lambda: password)
    except ssl.SSLError as error:
        if "MISMATCH" in str(error):
            raise BrokerError(f"{key} is not the key of {certificate}", "Set client_key to its key") from error
        remedy = "Both must be PEM; of an encrypted key set UNDERTONE_PUBLISHER__CLIENT_KEY_PASSWORD"
        raise BrokerError(f"{certificate} and its key {key} cannot be used", remedy) from error
    except OSError as error:
        raise BrokerError(
            f"cannot read {certificate} or {key}: {error.strerror}", f"ls -l {certificate} {key}"
        ) from error


def distrust(address: BrokerAddress, error: ssl.SSLError) -> BrokerError:
    """Why there is no trusted connection, and what helps."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(*_certificate_refused(address, error.verify_code, error.verify_message))
    words = str(error).lower()
    if "alert" in words and ("certificate" in words or "handshake" in words or "unknown ca" in words):
        return BrokerError(
            f"the broker at {address} does not accept our certificate: {error}",
            "Set client_certificate and client_key to some that its authority has signed and that have not expired",
        )
    if "wrong version number" in words or "record layer" in words or "unexpected eof" in words:
        return BrokerError(
            f"what answers at {address} does not speak TLS: {error}", "Check the port; mqtts:// is mostly at 8883"
        )
    if "protocol" in words:
        return BrokerError(
            f"no trusted connection to {address}: {error}", "Let the broker speak TLS 1.2 or newer, as undertone does"
        )
    return BrokerError(f"no trusted connection to {address}: {error}", "Check ca_file, or the broker's certificate")


def _certificate_refused(address: BrokerAddress, code: int, message: str) -> tuple[str, str]:
    """The problem and its remedy, of what OpenSSL found wrong with a broker's certificate."""
    if code in _EXPIRED:
        return f"the certificate of {address} has expired", "Renew it at the broker, or set this machine's clock"
    if code in _NOT_YET:
        return (
            f"the certificate of the broker at {address} is not valid yet",
            "Set this machine's clock, or the broker's",
        )
    if code in _NAME | _NUMBER:
        wanted = f"{'DNS' if code in _NAME else 'IP'}:{address.host}"
        return (
            f"the certificate of {address} is for another name than {address.host}",
            f"Use the name it is for, or have one made whose subjectAltName holds {wanted}",
        )
    if code in _OWN:
        return (
            f"no trusted connection: the certificate of {address} is signed by itself",
            "If it is yours, set ca_file to that very certificate",
        )
    if code in _UNKNOWN:
        return f"no trusted connection: who signed the certificate of {address} is unknown here ({message})", _AUTHORITY
    return f"no trusted connection to {address}: {message}", "Check ca_file, or the broker's certificate"
