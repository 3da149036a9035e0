"""Passwords show nowhere: not in complaints, not in their traces, not in what `undertone config` prints."""

import json
import os
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from edge.commands.app import build
from edge.configuration import read_configuration
from edge.mqtt.address import parse_address
from edge.publishers import mqtt
from edge.settings import AppSettings
from model.config import refused_setting
from model.errors import SettingsError

SECRET = "hunter2"
URLS = (
    "mqtt://ann:hunter2@host",
    "mqtt://ann:hunter2@host:port",
    "mqtt://ann:hunter2/@host",
    "mqtt://ann:hunter2#@host",
    "mqtt://:hunter2@",
    "ann:hunter2@host",
    "hunter2@[::1",
    "mqtts://host?password=hunter2",
)


def whole_trace(failed: pytest.ExceptionInfo) -> str:
    return "".join(traceback.format_exception(failed.value))


@pytest.mark.parametrize("url", URLS)
def test_a_password_in_an_address_is_not_repeated(url, monkeypatch):
    with pytest.raises(SettingsError, match="must not hold a user or a password") as failed:
        parse_address(url)
    assert SECRET not in whole_trace(failed).replace("parse_address(url)", "")
    monkeypatch.setenv("UNDERTONE_PUBLISHER__BROKER", url)
    with pytest.raises(SettingsError) as failed:
        read_configuration()
    assert SECRET not in whole_trace(failed)
    shown = CliRunner().invoke(build(), ["watch", "--url", url])
    assert SECRET not in shown.output + str(shown.exception)


@given(st.text(alphabet="/:@#?[]%abc\0 ", max_size=12))
def test_whatever_stands_before_an_at_sign_is_not_repeated(junk):
    with pytest.raises(SettingsError) as failed:
        parse_address(f"mqtt://{junk}ann:hunter2@{junk}")
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize(
    "value",
    ['{"password": ["hunter2"]}', '{"password": {"hunter2": 1}}', '{"password": "hunter2", "port": 1}', '{"hunter2": '],
)
def test_a_secret_that_is_given_wrongly_is_not_repeated(value, monkeypatch):
    monkeypatch.setenv("UNDERTONE_PUBLISHER", value)
    with pytest.raises(SettingsError) as failed:
        read_configuration()
    assert SECRET not in whole_trace(failed)


@pytest.mark.parametrize("name", ["password", "client_key_password"])
def test_a_secret_of_another_type_is_not_repeated(name):
    given = {"publisher": {name: 4711}}
    with pytest.raises(ValidationError) as failed:
        AppSettings.model_validate(given)
    assert "4711" not in whole_trace(failed)
    refused = str(refused_setting(failed.value, AppSettings))
    assert f"publisher.{name}" in refused
    assert "4711" not in refused


def test_what_is_wrong_beside_a_secret_is_told_without_it():
    with pytest.raises(ValidationError) as failed:
        mqtt.Settings.model_validate({"password": SECRET, "client_key_password": SECRET, "keepalive_s": "soon"})
    assert SECRET not in whole_trace(failed)
    assert "'soon'" in str(refused_setting(failed.value, mqtt.Settings))


@pytest.mark.parametrize("words", [["config"], ["config", "--json"]])
def test_the_settings_in_force_show_that_a_secret_is_set_and_not_which(words, monkeypatch, tmp_path):
    monkeypatch.setenv("UNDERTONE_PUBLISHER__PASSWORD", SECRET)
    monkeypatch.setenv("UNDERTONE_PUBLISHER__CLIENT_CERTIFICATE", str(tmp_path / "ann.pem"))
    monkeypatch.setenv("UNDERTONE_PUBLISHER__CLIENT_KEY_PASSWORD", SECRET)
    shown = CliRunner().invoke(build(), words).output
    assert SECRET not in shown
    if "--json" in words:
        publisher = json.loads(shown)["publisher"]
        assert [publisher["password"], publisher["client_key_password"]] == [True, True]
    else:
        assert shown.count("set, not shown") == 2


@pytest.mark.parametrize("command", ["watch", "ask"])
def test_no_command_takes_a_password_as_a_word_that_others_see_in_the_list_of_processes(command):
    shown = CliRunner().invoke(build(), [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert "--password-file" in shown
    assert "--password " not in shown
    assert "--client-key-password" not in shown
    assert SECRET not in os.environ.values()


@pytest.mark.parametrize(
    "words",
    [
        ["--url", "mqtt://broker.lan"],
        ["--url", "mqtts://broker.lan"],
        ["--url", "mqtt://broker.lan", "--username", "ann"],
    ],
)
def test_who_watches_from_elsewhere_says_who_they_are_and_lets_nobody_listen(words, monkeypatch):
    failed = CliRunner().invoke(build(), ["watch", *words]).exception
    assert isinstance(failed, SettingsError)
    assert "allow_insecure" in str(failed)
