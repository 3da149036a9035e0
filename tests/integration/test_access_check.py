"""What the doctor says of passwords, keys and certificates."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from edge.doctor.checks.access import AccessCheck
from edge.doctor.checks.broker import BrokerCheck
from edge.doctor.examination import examine
from edge.mqtt.certificate import valid_until
from edge.settings import AppSettings, PublisherSettings
from tests import mosquitto
from tests.authority import Authority
from tests.broker_roles import NODE, VIEWER, running_roles

pytestmark = pytest.mark.skipif(bool(mosquitto.missing()), reason=mosquitto.missing())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


async def looked(days=0, **publisher):
    """What is found so many days from now."""
    settings = PublisherSettings.model_validate(publisher)
    check = AccessCheck(settings, now=lambda: datetime.now(UTC) + timedelta(days=days))
    return [(finding.state.value, finding.what, finding.remedy) for finding in await examine(check)]


def test_the_time_in_a_file_is_the_one_that_openssl_wrote(authority):
    year = valid_until(authority.client("ann").certificate) - datetime.now(UTC)
    ten = valid_until(authority.certificate) - datetime.now(UTC)
    assert [timedelta(364) < year < timedelta(366), timedelta(3_649) < ten < timedelta(3_651)] == [True, True]


@pytest.mark.parametrize(
    "held", [b"", b"\xff", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", b"x" * 99]
)
def test_a_file_without_a_certificate_is_none(held, tmp_path):
    file = tmp_path / "none.pem"
    file.write_bytes(held)
    with pytest.raises(ValueError, match="holds no certificate"):
        valid_until(file)


async def test_certificates_that_expire_are_told_thirty_days_before(authority):
    pair = authority.client("ann")
    given = {
        "broker": "mqtts://localhost:1",
        "ca_file": authority.certificate,
        "client_certificate": pair.certificate,
        "client_key": pair.key,
    }
    assert await looked(**given) == [("ok", "we show the broker a certificate", "")]
    [(state, what, _)] = await looked(days=350, **given)
    assert (state, "client_certificate" in what, what.endswith("in 14 days")) == ("warning", True, True)
    [(state, what, remedy)] = await looked(days=370, **given)
    assert (state, "expired on" in what, remedy) == ("problem", True, "Have a new one signed, and put it there")


async def test_the_brokers_own_certificate_is_looked_at(authority):
    pair = authority.broker("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        given = {"broker": f"mqtts://localhost:{port}", "ca_file": authority.certificate}
        assert [state for state, _, _ in await looked(**given)] == ["ok"]
        [(state, what, remedy)] = await looked(days=350, **given)
    assert (state, remedy) == ("warning", "Renew it at the broker")
    assert what.startswith(f"the certificate of mqtts://localhost:{port} expires on")


async def test_what_others_may_read_is_a_problem_with_the_line_that_mends_it(authority, tmp_path):
    pair = authority.client("ben")
    pair.key.chmod(0o644)
    password = tmp_path / "password"
    password.write_text("x\n", encoding="utf-8")
    password.chmod(0o644)
    for given, file in (
        ({"client_certificate": pair.certificate, "client_key": pair.key}, pair.key),
        ({"username": "ben", "password_file": password}, password),
    ):
        [(state, _, remedy)] = await looked(broker="mqtts://localhost:1", **given)
        assert (state, remedy) == ("problem", f"chmod 600 {file}")


async def test_what_is_set_in_vain_is_told(authority):
    [(state, what, _)] = await looked(broker="mqtt://127.0.0.1:1", ca_file=authority.certificate)
    assert (state, "not encrypted" in what) == ("warning", True)
    [(state, _, remedy)] = await looked(broker="mqtt://127.0.0.1:1", password="x")
    assert (state, remedy) == ("warning", "Set publisher.username")
    assert [state for state, _, _ in await looked()] == ["skipped"]


async def test_the_shipped_roles_let_a_node_do_what_it_must_and_a_viewer_be_told_that_it_is_none(tmp_path):
    async with running_roles(tmp_path) as broker:
        found = {
            role: await examine(
                BrokerCheck(
                    AppSettings(
                        node=NODE,
                        publisher={
                            "broker": str(broker.by_password),
                            "ca_file": broker.authority.certificate,
                            "username": role,
                            "password": broker.credentials[role].password,
                        },
                    )
                )
            )
            for role in (NODE, VIEWER)
        }
    assert [finding.state.value for finding in found[NODE]] == ["ok"]
    [finding] = found[VIEWER]
    assert (finding.state.value, "hands on nothing" in finding.what) == ("problem", True)
