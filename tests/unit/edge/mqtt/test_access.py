import pytest
from pydantic import SecretStr

from edge.mqtt.access import Access, refuse_insecure
from edge.mqtt.address import BrokerAddress
from edge.mqtt.trust import Credentials
from model.errors import SettingsError

WORD = "correct horse"


@pytest.fixture
def secret(tmp_path):
    """A file with a password that only its owner may read."""
    file = tmp_path / "password"
    file.write_text(f"{WORD}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_a_password_comes_from_its_file(secret):
    assert Access(username="ann", password_file=secret).credentials() == Credentials("ann", WORD)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_file_that_others_may_read_is_refused_with_the_line_that_closes_it(secret, mode):
    secret.chmod(mode)
    with pytest.raises(SettingsError, match=f"password_file: everybody .* may read .*chmod 600 {secret}"):
        Access(password_file=secret).credentials()


def test_a_file_may_be_shared_with_a_service_by_its_group(secret):
    secret.chmod(0o640)
    assert Access(password_file=secret).credentials().password == WORD


@pytest.mark.parametrize("held", [b"", b"\n", b"two\nlines\n", b"x" * 2_000, b"\xff\xfe", b"nul\0"])
def test_a_file_that_holds_no_password_is_refused_without_repeating_it(secret, held):
    secret.write_bytes(held)
    with pytest.raises(SettingsError, match="Write the password alone into it") as refused:
        Access(password_file=secret).credentials()
    assert "two" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"password_file: .*/nowhere cannot be read: No such file"):
        Access(password_file=tmp_path / "nowhere").credentials()


@pytest.mark.parametrize(
    "given, complaint",
    [
        ({"password": "x", "password_file": "y"}, "both given"),
        ({"client_key": "x"}, "no client_certificate"),
        ({"client_key_password": "x"}, "no client_certificate"),
    ],
)
def test_what_does_not_go_together_is_refused(given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        Access.model_validate(given)


def test_a_key_is_a_secret_like_a_password(secret, tmp_path):
    public = tmp_path / "certificate.pem"
    public.touch(mode=0o644)
    assert Access(client_certificate=public, client_key=secret).credentials().key == secret
    with pytest.raises(SettingsError, match="client_certificate: everybody"):  # for it would hold the key, too
        Access(client_certificate=public).credentials()


def test_nothing_that_is_shown_of_access_holds_a_secret():
    access = Access(
        username="ann",
        password=SecretStr(WORD),
        client_certificate="/dev/null",
        client_key="/dev/null",
        client_key_password=SecretStr(WORD),
    )
    shown = [repr(access), str(access), repr(access.model_dump()), access.model_dump_json()]
    assert not any(WORD in text for text in shown)
    assert WORD not in repr(Credentials("ann", WORD, key_password=WORD))


REMOTE = (
    "broker.lan",
    "10.0.0.7",
    "localhost.evil.com",
    "localhost.",
    "127.0.0.1.evil.com",
    "::ffff:10.0.0.7",
    "::",
)
HERE = ("localhost", "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")
KNOWN = ({"username": "ann", "password": "x"}, {"username": "ann", "password_file": "x"}, {"client_certificate": "x"})
UNKNOWN = ({}, {"username": "ann"}, {"password": "x"}, {"ca_file": "x"})


@pytest.mark.parametrize("host", HERE)
def test_on_this_machine_nobody_need_say_who_they_are(host):
    refuse_insecure(Access(), BrokerAddress(host, 1883))


@pytest.mark.parametrize("given", KNOWN)
@pytest.mark.parametrize("host", REMOTE)
def test_elsewhere_the_broker_must_know_us_and_nobody_must_listen(host, given):
    access = Access.model_validate(given)
    refuse_insecure(access, BrokerAddress(host, 8883, tls=True))
    with pytest.raises(SettingsError, match="would be used without TLS"):
        refuse_insecure(access, BrokerAddress(host, 1883))


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("given", UNKNOWN)
@pytest.mark.parametrize("host", REMOTE)
def test_elsewhere_nobody_goes_unnamed_unless_that_is_allowed(host, given, tls):
    address = BrokerAddress(host, 1883, tls)
    with pytest.raises(SettingsError, match="would be used without user and password"):
        refuse_insecure(Access.model_validate(given), address)
    refuse_insecure(Access.model_validate({**given, "allow_insecure": True}), address)
