"""Whether what we show a broker will still be good tomorrow, and is known to nobody else."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from edge.doctor.check import Finding, ok, problem, skipped, warning
from edge.mqtt.access import Access
from edge.mqtt.address import BrokerAddress, parse_address
from edge.mqtt.certificate import valid_until
from edge.mqtt.trust import tls_context
from edge.settings import EMBEDDED, PublisherSettings
from model.errors import UsageError

_SOON: Final = timedelta(days=30)
_ANSWER_S: Final = 3.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """Looks at the files that are shown or trusted, and at the broker's own certificate.

    Attributes:
        settings: Where the broker is, and who we are there.
        now: The time.
    """

    name: ClassVar[str] = "access"
    limit_s: ClassVar[float] = 10.0

    settings: PublisherSettings
    now: Callable[[], datetime] = _now

    async def look(self) -> Sequence[Finding]:
        """What expires soon, what others may read, and what does not fit together."""
        if self.settings.broker == EMBEDDED:
            return [skipped("nobody need say who they are to the broker inside: only this machine reaches it")]
        address = parse_address(self.settings.broker)
        try:
            credentials = self.settings.credentials()
            context = tls_context(credentials) if address.tls else None
        except UsageError as error:
            return [problem(error.problem, error.remedy)]
        findings = [
            *self._files(),
            *(await self._shown(address, context) if context is not None else ()),
            *_unused(self.settings, address),
        ]
        return findings or [ok(_in_words(self.settings))]

    def _files(self) -> Sequence[Finding]:
        """What our certificate, and the authorities', say about their time."""
        given = (("ca_file", self.settings.ca_file), ("client_certificate", self.settings.client_certificate))
        return [
            finding
            for setting, file in given
            if file is not None and (finding := self._dated(setting, file.expanduser())) is not None
        ]

    def _dated(self, setting: str, file: Path) -> Finding | None:
        try:
            return self._expiring(f"{setting} {file}", valid_until(file), "Have a new one signed, and put it there")
        except (OSError, ValueError) as error:
            return problem(f"{setting}: {error}", "It must be a certificate in PEM")

    async def _shown(self, address: BrokerAddress, context: ssl.SSLContext) -> Sequence[Finding]:
        """The time of the certificate that the broker shows; whether it is let in, another check says."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                _, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
        except (OSError, TimeoutError):
            return []
        shown = writer.get_extra_info("peercert") or {}
        writer.transport.abort()
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
        finding = self._expiring(f"the certificate of {address}", until, "Renew it at the broker")
        return [] if finding is None else [finding]

    def _expiring(self, what: str, until: datetime, remedy: str) -> Finding | None:
        """A finding where it has expired, or soon will; none else."""
        left = until - self.now()
        if left <= timedelta():
            return problem(f"{what} expired on {until:%Y-%m-%d}", remedy)
        if left < _SOON:
            return warning(f"{what} expires on {until:%Y-%m-%d}, in {left.days} days", remedy)
        return None


def _unused(access: Access, address: BrokerAddress) -> Sequence[Finding]:
    """What is set and changes nothing, or not what was meant."""
    if not address.tls and (access.ca_file is not None or access.client_certificate is not None):
        encrypted = BrokerAddress(address.host, 8883, tls=True)
        return [warning(f"certificates are set, and {address} is not encrypted", f"publisher.broker: {encrypted}")]
    secret = access.password is not None or access.password_file is not None
    if secret and access.username is None:
        return [warning("a password is set and no user: no broker learns of it", "Set publisher.username")]
    return []


def _in_words(access: Access) -> str:
    how = [
        *(["a certificate"] if access.client_certificate is not None else []),
        *(["a password"] if access.username is not None and access.identified else []),
    ]
    return f"we show the broker {' and '.join(how)}" if how else "we do not say who we are to the broker"
