import pytest

from edge.mqtt.address import BrokerAddress, parse_address
from model.errors import SettingsError


def test_an_address_has_a_host_a_port_and_perhaps_tls():
    assert parse_address("mqtt://127.0.0.1:1884") == BrokerAddress("127.0.0.1", 1884)
    assert parse_address("mqtt://broker.lan") == BrokerAddress("broker.lan", 1883)
    assert parse_address("mqtts://broker.lan/") == BrokerAddress("broker.lan", 8883, tls=True)
    assert str(parse_address("mqtt://[::1]:1883")) == "mqtt://[::1]:1883"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_loopback_is_this_machine(host):
    assert BrokerAddress(host, 1883).is_loopback


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.lan", "0.0.0.0"])  # noqa: S104 - nothing binds to it
def test_everything_else_is_elsewhere(host):
    assert not BrokerAddress(host, 1883).is_loopback


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "127.0.0.1",
        "http://host",
        "mqtt://",
        "mqtt://host:port",
        "mqtt://host:99999",
        "mqtt://host/topic",
        "mqtt://[::1",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(bad):
    with pytest.raises(SettingsError, match="mqtt://host:1883"):
        parse_address(bad)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(SettingsError) as refused:
        parse_address("mqtt://ann:hunter2@host")
    assert "hunter2" not in str(refused.value)
