"""The environment goes over a file, the file over the defaults, and nothing unknown passes."""

import pytest

from edge.configuration import PRESETS, find_config, read_configuration
from edge.purpose import Purpose
from model.errors import SettingsError
from model.modality import Modality


@pytest.fixture
def write(tmp_path):
    """Writes a configuration file and gives its path."""

    def written(text: str) -> str:
        path = tmp_path / "house.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def refusal(config: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read_configuration(config)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_can_be_read_and_names_its_purpose(preset):
    configuration = read_configuration(preset)
    assert configuration.origins.of(("purpose",)) == str(PRESETS / f"{preset}.yaml")
    read = {"default": (Modality.TEXT, Modality.AUDIO), "kiosk": (Modality.TEXT, Modality.AUDIO)}
    assert configuration.settings.modalities == read.get(preset, (Modality.TEXT,))


def test_the_presets_are_those_promised():
    assert {path.stem for path in PRESETS.glob("*.yaml")} == {"default", "meeting", "call", "kiosk", "text-only"}
    assert read_configuration().origins.file.stem == "default"
    assert read_configuration("default").settings.purpose is Purpose.PERSONAL
    assert read_configuration("meeting").settings.purpose is Purpose.WORKPLACE
    assert read_configuration("meeting").settings.conversation.idle_end_s == 300
    assert read_configuration("kiosk").settings.conversation.idle_end_s == 30


def test_the_environment_goes_over_the_file_and_the_file_over_the_defaults(write, monkeypatch):
    config = write("site: kitchen\nbroker: {port: 2000, websocket_port: 2001}\nsource: {block_s: 0.03, device: 1}\n")
    monkeypatch.setenv("UNDERTONE_BROKER__PORT", "3000")
    monkeypatch.setenv("UNDERTONE_SOURCE__BLOCK_S", "0.05")
    monkeypatch.setenv("undertone_publisher__allow_insecure", "true")
    configuration = read_configuration(config)
    settings = configuration.settings
    assert (settings.site, settings.broker.port, settings.broker.websocket_port) == ("kitchen", 3000, 2001)
    assert settings.source.part == "microphone"
    assert settings.source.own == {"block_s": "0.05", "device": 1}
    assert settings.publisher.allow_insecure
    assert configuration.origins.of(("broker", "port")) == "UNDERTONE_BROKER__PORT"
    assert configuration.origins.of(("broker", "websocket_port")) == config
    assert configuration.origins.of(("conversation", "idle_end_s")) is None


def test_an_empty_file_gives_the_defaults(write):
    assert read_configuration(write("# nothing yet\n")).settings == read_configuration("default").settings


def test_null_in_the_environment_is_none(monkeypatch):
    monkeypatch.setenv("UNDERTONE_BROKER__WEBSOCKET_PORT", "null")
    assert read_configuration().settings.broker.websocket_port is None


def test_an_unknown_setting_names_key_file_and_nearest(write):
    config = write("purpos: personal\n")
    assert refusal(config) == f"unknown setting 'purpos' in {config}. Did you mean 'purpose'?"
    config = write("broker: {prot: 1}\n")
    assert refusal(config) == f"unknown setting 'broker.prot' in {config}. Did you mean 'broker.port'?"
    assert "Known here: port, websocket_port" in refusal(write("broker: {xyz: 1}\n"))


def test_an_unknown_variable_is_named(monkeypatch):
    monkeypatch.setenv("UNDERTONE_BROKR__PORT", "1")
    message = refusal("default")
    assert "UNDERTONE_BROKR__PORT" in message
    assert "Did you mean 'broker'?" in message
    monkeypatch.delenv("UNDERTONE_BROKR__PORT")
    monkeypatch.setenv("UNDERTONE_BROKER__PROT", "1")
    assert refusal("default") == (
        "unknown setting 'broker.prot' in UNDERTONE_BROKER__PROT. Did you mean 'broker.port'?"
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("broker: {port: 99999}", "setting 'broker.port'"),
        ("purpose: wrkplace", "'workplace'"),
        ("modalities: [text, smell]", "setting 'modalities.1'"),
        ("site: My Kitchen", "setting 'site'"),
        ("transcriber: {part: ../evil}", "setting 'transcriber.part'"),
        ("- a list", "holds no settings"),
        ("site: x\nbroker: {port: 1", "line 2, expected"),
        ("language: de", "understands English only. Set language: en"),
        ("modalities: [audio, video]", "the words are always read, beside them voice and face"),
        ("modalities: []", "Set modalities: [text]"),
        ("purpose: workplace\nmodalities: [text, audio]", "Article 5(1)(f)"),
        ("purpose: education\nmodalities: [video]", "Article 5(1)(f)"),
        ("publisher: {password: hunter2}", "UNDERTONE_PUBLISHER__PASSWORD"),
        ("publisher: {broker: 'mqtt://me:hunter2@there'}", "must not hold a user or a password"),
        ("publisher: {broker: 'http://there'}", "Write mqtt://host:1883"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(write, text, words):
    message = refusal(write(text))
    assert words in message
    assert "hunter2" not in message


def test_a_value_that_is_no_json_is_the_variables_fault(monkeypatch):
    monkeypatch.setenv("UNDERTONE_TRANSCRIBER", "pocketsphinx")
    assert "UNDERTONE_TRANSCRIBER__PART" in refusal("default")


def test_modalities_may_be_listed_with_commas_and_the_variable_is_blamed(monkeypatch):
    monkeypatch.setenv("UNDERTONE_MODALITIES", "text, text")
    assert read_configuration().settings.modalities == (Modality.TEXT,)
    monkeypatch.setenv("UNDERTONE_MODALITIES", "txt")
    assert "UNDERTONE_MODALITIES" in refusal("default")


def test_a_secret_does_not_show(monkeypatch):
    monkeypatch.setenv("UNDERTONE_PUBLISHER__PASSWORD", "hunter2")
    settings = read_configuration().settings
    assert settings.publisher.password is not None
    assert settings.publisher.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_a_configuration_is_a_presets_name_or_a_path(write):
    assert find_config("meeting").name == "meeting.yaml"
    path = write("site: x")
    assert str(find_config(path)) == path
    for absent in ("meating", "configs/absent.yaml", "absent.yaml"):
        with pytest.raises(SettingsError, match=r"call, default, kiosk, meeting, text-only"):
            find_config(absent)


def test_an_unreadable_file_is_named(tmp_path):
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"\xff\xfe\x00site")
    assert str(path) in refusal(str(path))


def test_the_command_line_replaces_what_it_names_and_nothing_else(write, monkeypatch):
    monkeypatch.setenv("UNDERTONE_SOURCE__DEVICE", "3")
    config = write("site: kitchen\nsource: {part: microphone, block_s: 0.03}\n")
    configuration = read_configuration(config, {"source": {"part": "recording", "path": "talk.flac"}})
    assert configuration.settings.source.part == "recording"
    assert configuration.settings.source.own == {"path": "talk.flac"}
    assert configuration.settings.site == "kitchen"
    assert configuration.origins.of(("source", "path")) == "the command line"
    assert configuration.origins.of(("source", "fast")) is None
    with pytest.raises(SettingsError, match=r"unknown setting 'source.pth' in the command line"):
        read_configuration(config, {"source": {"part": "recording", "pth": "x"}})


def test_the_command_line_does_not_go_over_the_law(write):
    with pytest.raises(SettingsError, match=r"Article 5\(1\)\(f\)"):
        read_configuration("meeting", {"modalities": ["text", "audio"]})


def test_a_part_that_does_not_exist_names_those_that_do(write):
    assert "microphone, recording" in refusal(write("source: {part: gramophone}"))


def test_mqtt_5_is_for_another_broker_than_the_one_inside_the_process(write):
    assert "the broker inside the process speaks 3.1.1 only" in refusal(write("publisher: {protocol: 5}\n"))
    settings = read_configuration(write("publisher: {protocol: 5, broker: 'mqtt://127.0.0.1:1884'}\n")).settings
    assert settings.publisher.protocol == "5"
