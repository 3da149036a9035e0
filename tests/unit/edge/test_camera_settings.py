"""A camera is chosen like every part, from everywhere, and not at all where the law forbids what it is for."""

import pytest

from edge.commands.camera import camera_given
from edge.configuration import read_configuration
from edge.effective import as_yaml, effective_settings
from edge.purpose import Purpose
from edge.settings import AppSettings
from model.errors import SettingsError
from realtime.parts import PartChoice, part_settings


def test_by_itself_there_is_no_camera():
    assert AppSettings().camera is None
    for preset in ("default", "meeting", "kiosk", "text-only"):
        assert read_configuration(preset).settings.camera is None


def test_a_number_in_the_environment_is_enough(monkeypatch):
    monkeypatch.setenv("UNDERTONE_CAMERA__DEVICE", "2")
    monkeypatch.setenv("UNDERTONE_CAMERA__FRAMES_PER_S", "10")
    camera = read_configuration().settings.camera
    assert (camera.part, camera.own["device"]) == ("webcam", "2")


def test_a_file_may_name_one(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("camera: {device: /dev/video1, width: 1280}\nface_detector: {picture_width: 320}\n")
    settings = read_configuration(str(path)).settings
    assert settings.camera.own == {"device": "/dev/video1", "width": 1280}
    assert settings.face_detector.part == "cascade"


@pytest.mark.parametrize("setting", ["colour: red", "frames_per_s: 31", "device: -1"])
def test_what_a_camera_does_not_have_is_refused(tmp_path, setting):
    path = tmp_path / "mine.yaml"
    path.write_text(f"camera: {{{setting}}}\n")
    with pytest.raises(SettingsError, match=rf"camera\.{setting.split(':')[0]}"):
        read_configuration(str(path))


def test_a_password_is_not_shown(monkeypatch):
    monkeypatch.setenv("UNDERTONE_CAMERA__DEVICE", "rtsp://ann:hush@cam/x")
    lines = "\n".join(as_yaml(effective_settings(read_configuration())))
    assert "rtsp://cam/x" in lines
    assert "password: set, not shown" in lines
    assert "hush" not in lines


@pytest.mark.parametrize("purpose", [Purpose.WORKPLACE, Purpose.EDUCATION])
def test_no_camera_is_opened_at_work_or_in_school(purpose):
    with pytest.raises(SettingsError, match=r"Article 5\(1\)\(f\).*camera: null"):
        AppSettings(purpose=purpose, camera=PartChoice(part="webcam"))
    assert AppSettings(purpose=purpose).camera is None


def test_a_password_in_the_environment_goes_with_an_address_on_the_command_line(monkeypatch):
    monkeypatch.setenv("UNDERTONE_CAMERA__PASSWORD", "hush")
    camera = read_configuration(overrides=camera_given("rtsp://ann@cam/x")).settings.camera
    settings = part_settings("edge.cameras", camera)
    assert (settings.device, settings.username) == ("rtsp://cam/x", "ann")
    assert settings.password.get_secret_value() == "hush"
    assert read_configuration(overrides=camera_given("none")).settings.camera is None


def test_a_password_as_a_setting_must_not_stand_in_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("camera: {device: 'rtsp://ann@cam/x', password: hush}\n")
    with pytest.raises(SettingsError, match="UNDERTONE_CAMERA__PASSWORD"):
        read_configuration(str(path))
