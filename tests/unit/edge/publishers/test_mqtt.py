import pytest

from edge.publishers.mqtt import Settings, create
from model.errors import SettingsError
from tests.conversation_events import node_info


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "mqtt://127.0.0.1:1883"},
        {"url": "mqtt://localhost"},
        {"url": "mqtts://broker.lan", "username": "ann", "password": "hunter2"},
        {"url": "mqtt://broker.lan", "allow_insecure": True},
    ],
)
def test_a_broker_here_or_a_secure_one_elsewhere_may_be_used(settings):
    create(Settings(**settings), node_info())


@pytest.mark.parametrize(
    "settings, missing",
    [
        ({"url": "mqtt://broker.lan"}, "user and password"),
        ({"url": "mqtts://broker.lan"}, "user and password"),
        ({"url": "mqtt://broker.lan", "username": "ann", "password": "hunter2"}, "TLS"),
    ],
)
def test_an_insecure_broker_elsewhere_is_refused(settings, missing):
    with pytest.raises(SettingsError, match=f"without {missing}.*allow_insecure: true"):
        create(Settings(**settings), node_info())


def test_a_password_does_not_show():
    assert "hunter2" not in repr(Settings(password="hunter2"))


@pytest.mark.parametrize("given, version", [("3.1.1", "3.1.1"), ("5", "5"), (5, "5")])
def test_the_version_of_mqtt_may_be_written_as_a_number(given, version):
    assert Settings(protocol=given).protocol == version
