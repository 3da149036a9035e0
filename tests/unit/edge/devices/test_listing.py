"""Microphones, sources of the sound server and GPUs, from what their libraries say."""

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from edge.devices.drawing import draw
from edge.devices.gpus import has_driver, judge, list_gpus
from edge.devices.listing import Camera, Listing, Section
from edge.devices.microphones import list_microphones
from edge.devices.sound_server import find_sound_server, list_sources
from edge.devices.survey import noted
from model.errors import PartMissingError, SourceError

SOURCES = [
    {
        "name": "alsa_output.pci.monitor",
        "description": "Monitor of Speakers",
        "sample_specification": "s32le 2ch 48000Hz",
        "properties": {"device.class": "monitor"},
    },
    {
        "name": "alsa_input.usb",
        "description": "Desk Mic",
        "sample_specification": "s16le 1ch 44100Hz",
        "properties": {"device.class": "sound"},
    },
]
ABOUT = {"default_sink_name": "alsa_output.pci", "default_source_name": "alsa_input.usb"}


def microphones():
    devices = [
        {"index": 0, "name": "speaker", "max_input_channels": 0, "default_samplerate": 48000.0},
        {"index": 3, "name": "pulse", "max_input_channels": 32, "default_samplerate": 44100.0},
    ]
    library = SimpleNamespace(default=SimpleNamespace(device=[3, 0]), query_devices=lambda: devices)
    return list_microphones(library)


def gpus(available=True):
    cuda = SimpleNamespace(
        is_available=lambda: available,
        device_count=lambda: 1,
        get_device_name=lambda number: "GPU of a test",
        mem_get_info=lambda number: (2**33, 2**34),
    )
    return list_gpus(SimpleNamespace(cuda=cuda))


def listing():
    camera = Camera(name="Desk\x1b[2J Cam", setting="UNDERTONE_CAMERA__DEVICE=0", path="/dev/video0", captures=True)
    return Listing(
        microphones=Section(devices=tuple(microphones())),
        sound_server=Section(devices=tuple(list_sources(SOURCES, ABOUT))),
        cameras=Section(devices=(camera,)),
        gpus=Section(problem="no GPU", remedy="Buy one"),
    )


def test_only_inputs_are_microphones():
    [only] = microphones()
    assert (only.number, only.name, only.channels, only.rate_hz, only.default) == (3, "pulse", 32, 44100, True)
    assert only.setting == "UNDERTONE_SOURCE__DEVICE=3"


def test_monitors_come_last_and_the_output_in_use_has_the_default():
    microphone, monitor = list_sources(SOURCES, ABOUT)
    assert (microphone.monitor, microphone.default, microphone.channels, microphone.rate_hz) == (False, True, 1, 44100)
    assert (monitor.monitor, monitor.default, monitor.channels, monitor.rate_hz) == (True, True, 2, 48000)
    assert list_sources([{"name": "odd"}], {})[0].channels == 0


@pytest.mark.parametrize(
    "script, error, message",
    [
        ("echo 'pactl: invalid option -- f' >&2; exit 1", PartMissingError, "too old"),
        ("echo 'Connection refused' >&2; exit 1", SourceError, "no sound server answers"),
        ("echo nonsense", SourceError, "no JSON"),
        ("exec sleep 60", SourceError, "no answer within 1 s"),
    ],
)
async def test_what_pactl_refuses_is_one_line(script, error, message):
    with pytest.raises(error, match=message) as caught:
        await find_sound_server(1.0, ("sh", "-c", script))
    assert caught.value.remedy


async def test_without_pactl_the_line_that_installs_it_is_said():
    section = await noted(find_sound_server(1.0, ("no-such-pactl",)))
    assert "apt-get install pulseaudio-utils" in section.remedy


def test_gpus_have_names_and_memory():
    [gpu] = gpus()
    assert (gpu.name, gpu.memory_mb, gpu.free_mb, gpu.setting) == (
        "GPU of a test",
        16384,
        8192,
        "CUDA_VISIBLE_DEVICES=0",
    )
    assert gpus(available=False) == []


@pytest.mark.parametrize(
    "cuda, remedy", [(None, "pip install --force-reinstall torch==2.13.0"), ("13.0", "nvidia-smi")]
)
def test_a_gpu_that_pytorch_cannot_use_says_why(cuda, remedy):
    section = judge({"gpus": [], "version": "2.13.0+cpu", "cuda": cuda})
    assert section.devices == ()
    assert section.problem
    assert section.remedy.startswith(remedy)


def test_a_gpu_that_it_can_use_is_listed():
    [gpu] = judge({"gpus": [each.model_dump() for each in gpus()], "version": "2.13.0", "cuda": "13.0"}).devices
    assert gpu.name == "GPU of a test"


def test_without_a_driver_there_is_no_gpu(tmp_path):
    assert not has_driver([tmp_path / "version"])
    (tmp_path / "version").touch()
    assert has_driver([tmp_path / "nothing", tmp_path / "version"])


def test_the_json_keeps_its_form():
    said = json.loads(listing().model_dump_json(by_alias=True))
    assert said["schema"] == "undertone.devices/1"
    assert list(said) == ["schema", "microphones", "sound_server", "cameras", "gpus"]
    assert all(list(said[kind]) == ["devices", "problem", "remedy"] for kind in list(said)[1:])
    assert set(said["microphones"]["devices"][0]) == {"name", "setting", "number", "channels", "rate_hz", "default"}
    assert set(said["sound_server"]["devices"][0]) == {
        *("name", "setting", "description", "monitor", "channels", "rate_hz", "default")
    }
    assert set(said["cameras"]["devices"][0]) == {
        *("name", "setting", "path", "captures", "width", "height", "busy", "problem", "remedy")
    }


def test_people_see_every_setting_and_no_control_character():
    console = Console(file=StringIO(), width=100)
    console.print(draw(listing(), "*"))
    shown = console.file.getvalue()
    for setting in ("UNDERTONE_SOURCE__DEVICE=3", "UNDERTONE_CAMERA__DEVICE=0", "Buy one"):
        assert setting in shown
    assert "\x1b" not in shown
