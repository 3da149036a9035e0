"""Each way a broker's certificate can be wrong, and ours: one clear line with what helps."""

import asyncio
import gc
import ssl
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion, new_client, refusal
from edge.mqtt.trust import Credentials, tls_context
from model.errors import BrokerError
from tests import mosquitto
from tests.authority import Authority, Pair

pytestmark = [
    pytest.mark.skipif(bool(mosquitto.missing()), reason=mosquitto.missing()),
    # paho leaves a socket that it could not trust to the collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"))


@asynccontextmanager
async def answering(pair: Pair | None, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    """Something that shows this certificate, or speaks no TLS at all, and hangs up."""
    context = None
    if pair is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest

    async def hang_up(reader, writer):
        await reader.read(1)
        if pair is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def complaint(port: int, credentials: Credentials, host: str = "localhost", *, tls: bool = True) -> str:
    """Why there is no connection."""
    address = BrokerAddress(host, port, tls)
    client = new_client(address, credentials, MqttVersion.V3_1_1, "somebody", 15)
    with pytest.raises(aiomqtt.MqttError) as failed:
        await client.__aenter__()
    said = str(refusal(address, failed.value)).replace(str(port), "PORT")
    del client, failed
    gc.collect()
    return said


async def test_a_certificate_for_another_name(authority):
    async with answering(authority.broker("broker.lan")) as port:
        assert await complaint(port, Credentials(ca_file=authority.certificate)) == (
            "the certificate of mqtts://localhost:PORT is for another name than localhost. "
            "Use the name it is for, or have one made whose subjectAltName holds DNS:localhost"
        )
        assert "subjectAltName holds IP:127.0.0.1" in await complaint(
            port, Credentials(ca_file=authority.certificate), "127.0.0.1"
        )


async def test_a_certificate_that_has_expired(authority):
    async with answering(authority.expired("localhost")) as port:
        assert await complaint(port, Credentials(ca_file=authority.certificate)) == (
            "the certificate of mqtts://localhost:PORT has expired. Renew it at the broker, or set this machine's clock"
        )


async def test_a_certificate_that_signed_itself(authority):
    own = Pair(authority.certificate, authority.folder / "ca.key")
    async with answering(own) as port:
        assert await complaint(port, Credentials()) == (
            "no trusted connection: the certificate of mqtts://localhost:PORT is signed by itself. "
            "If it is yours, set ca_file to that very certificate"
        )


async def test_a_certificate_of_an_authority_that_is_not_ours(authority, stranger):
    async with answering(authority.broker("localhost")) as port:
        for trusted in (None, stranger.certificate):
            assert "Set ca_file to the certificate of the authority that signed it" in await complaint(
                port, Credentials(ca_file=trusted)
            )


async def test_what_speaks_no_tls_and_what_speaks_nothing_else(authority):
    async with answering(None) as port:
        said = await complaint(port, Credentials(ca_file=authority.certificate))
        assert "does not speak TLS" in said
        assert said.endswith("Check the port; mqtts:// is mostly at 8883")
    async with answering(authority.broker("localhost")) as port:
        assert await complaint(port, Credentials(), tls=False) == (
            "the broker at mqtt://localhost:PORT hung up before it answered. "
            "Set mqtts:// where it speaks TLS; its log says why"
        )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_tls_that_is_too_old(authority):
    assert tls_context(Credentials()).minimum_version is ssl.TLSVersion.TLSv1_2
    async with answering(authority.broker("localhost"), ssl.TLSVersion.TLSv1_1) as port:
        said = await complaint(port, Credentials(ca_file=authority.certificate))
    assert said.endswith("Let the broker speak TLS 1.2 or newer, as undertone does") or "hung up" in said


def test_a_key_with_a_password_a_wrong_one_and_none(authority):
    pair = authority.client("ann", password="s3same")
    for password in (None, "", "guess"):
        with pytest.raises(BrokerError, match=r"cannot be used\. .*CLIENT_KEY_PASSWORD"):
            tls_context(Credentials(certificate=pair.certificate, key=pair.key, key_password=password))
    tls_context(Credentials(certificate=pair.certificate, key=pair.key, key_password="s3same"))


def test_a_key_of_another_certificate_and_files_that_are_none(authority, tmp_path):
    ann, ben = authority.client("ann"), authority.client("ben")
    with pytest.raises(BrokerError, match=r"ben\.key is not the key of .*ann\.pem"):
        tls_context(Credentials(certificate=ann.certificate, key=ben.key))
    with pytest.raises(BrokerError, match="cannot read"):
        tls_context(Credentials(certificate=tmp_path / "nowhere.pem"))
    with pytest.raises(BrokerError, match="cannot read certificates from"):
        tls_context(Credentials(ca_file=tmp_path / "nowhere.pem"))
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(BrokerError, match="cannot be used"):
        tls_context(Credentials(certificate=empty))
    with pytest.raises(BrokerError, match="Check ca_file"):
        tls_context(Credentials(ca_file=empty))
