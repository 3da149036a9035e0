"""Whatever PortAudio refuses becomes one line that says what to do."""

import numpy as np
import pytest

from edge.sound.portaudio import PortAudioDevice, load_portaudio
from model.errors import PartMissingError, SourceError


class PortAudioError(Exception):
    """What sounddevice raises."""


class FakeStream:
    def __init__(self, library, **options) -> None:
        if options["channels"] in library.refused_channels:
            raise PortAudioError("Invalid number of channels", -9998)
        self.options = options
        self.channels = options["channels"]
        self.started = self.closed = False
        library.streams.append(self)

    def start(self) -> None:
        self.started = True

    def close(self, ignore_errors=True) -> None:
        self.closed = True


class FakeLibrary:
    """What we use of sounddevice."""

    PortAudioError = PortAudioError

    def __init__(self, *devices, refused_channels=()) -> None:
        self.devices = [
            {"index": number, "name": name, "max_input_channels": channels, "default_samplerate": 44100.0}
            for number, (name, channels) in enumerate(devices)
        ]
        self.refused_channels = refused_channels
        self.streams = []
        self.looked_again = 0

    def query_devices(self, device=None, kind=None):
        if kind is None:
            return self.devices
        matches = [known for known in self.devices if device in (None, known["index"], known["name"])]
        if not matches:
            raise ValueError(f"No input device matching {device!r}")
        return matches[0]

    def InputStream(self, **options) -> FakeStream:  # noqa: N802 - sounddevice's name
        return FakeStream(self, **options)

    def _terminate(self) -> None:
        self.looked_again += 1

    def _initialize(self) -> None:
        pass


class Status:
    input_overflow = True


def opened(library, choice=None, channels=None, deliver=lambda *_: None, ended=lambda: None):
    return PortAudioDevice(library, choice, 0.02, 0.1).open(channels, deliver, ended)


def test_the_device_is_opened_at_its_own_rate_with_one_channel():
    library = FakeLibrary(("speaker", 0), ("microphone", 4))
    capture = opened(library, "microphone")
    options = library.streams[0].options
    assert (capture.name, capture.channels) == ("microphone", 1)
    assert (options["samplerate"], options["blocksize"], options["device"], options["latency"]) == (44100, 882, 1, 0.1)
    assert library.streams[0].started
    capture.close()
    assert library.streams[0].closed


def test_a_device_without_mono_is_opened_with_as_few_channels_as_it_has():
    assert opened(FakeLibrary(("microphone", 4), refused_channels=(1, 2))).channels == 4


def test_the_callback_hands_over_a_copy_and_the_overrun():
    heard = []
    library = FakeLibrary(("microphone", 2))
    opened(library, channels=2, deliver=lambda *block: heard.append(block))
    drivers = np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)
    library.streams[0].options["callback"](drivers, 2, None, Status())
    drivers[:] = 0
    [(samples, rate_hz, overrun)] = heard
    assert np.array_equal(samples, np.array([[0.1, 0.3], [0.2, 0.4]], np.float32))
    assert (rate_hz, overrun) == (44100, True)


@pytest.mark.parametrize(
    "library, choice, channels, message",
    [
        (FakeLibrary(("speaker", 0)), None, None, "there is no microphone"),
        (FakeLibrary(("desk", 1), ("room", 2)), "car", None, "one of: 0: desk; 1: room"),
        (FakeLibrary(("desk", 1), ("room", 2)), 7, None, "one of: 0: desk; 1: room"),
        (FakeLibrary(("desk", 1)), "desk", 2, "2 channels are needed, desk has 1"),
        (FakeLibrary(("desk", 2), refused_channels=(1, 2)), "desk", None, "desk cannot be opened: Invalid number"),
    ],
)
def test_refusals(library, choice, channels, message):
    with pytest.raises(SourceError) as caught:
        opened(library, choice, channels)
    assert message in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_opening_again_looks_for_devices_again():
    library = FakeLibrary(("desk", 1))
    device = PortAudioDevice(library, None, 0.02, 0.1)
    for _ in range(3):
        device.open(None, lambda *_: None, lambda: None)
    assert library.looked_again == 2


@pytest.mark.parametrize(
    "failure, remedy",
    [
        (OSError("PortAudio library not found"), "apt-get install libportaudio2"),
        (ImportError(), "pip install sounddevice"),
    ],
)
def test_a_missing_library_says_what_to_install(failure, remedy):
    def load(_name):
        raise failure

    with pytest.raises(PartMissingError, match=remedy):
        load_portaudio(load)
