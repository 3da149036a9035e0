"""What was found, as programs read it: `undertone devices --json`."""

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

D = TypeVar("D", bound="Device")


class _Said(BaseModel):
    """The base of everything said here: fixed, and with no field that its readers do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Device(_Said):
    """One device of any kind.

    Attributes:
        name: What the system calls it.
        setting: The line that chooses it: an environment variable, or a command with one.
    """

    name: str
    setting: str


class Microphone(Device):
    """An input device of PortAudio.

    Attributes:
        number: PortAudio's number of it; changes when devices come and go.
        channels: The most channels it captures.
        rate_hz: Its own sample rate.
        default: Whether it is what is taken when nothing is set.
    """

    number: int
    channels: int
    rate_hz: int
    default: bool


class SoundServerSource(Device):
    """A source of PulseAudio or PipeWire.

    Attributes:
        description: Its name for people.
        monitor: Whether it gives what the machine plays, such as the other side of a call, instead of a microphone.
        channels: How many it has.
        rate_hz: Its sample rate.
        default: Whether it belongs to the output, or is the input, that programs use when nothing is set.
    """

    description: str
    monitor: bool
    channels: int
    rate_hz: int
    default: bool


class Camera(Device):
    """A video device of the system.

    Attributes:
        path: Such as `/dev/video0`.
        captures: Whether it gives pictures; many cameras have a second device that does not. None if it is not known.
        width: Of its pictures as they are set now, pixels; None if it is not known.
        height: The same.
        busy: Whether another program uses it; None if it is not known.
        problem: What keeps us from looking at it, in a sentence; empty if nothing does.
        remedy: The line that mends that.
    """

    path: str
    captures: bool | None = None
    width: int | None = None
    height: int | None = None
    busy: bool | None = None
    problem: str = ""
    remedy: str = ""


class Gpu(Device):
    """A device that PyTorch computes on.

    Attributes:
        number: CUDA's number of it.
        memory_mb: All its memory, MiB.
        free_mb: What of it is free now, MiB.
    """

    number: int
    memory_mb: int
    free_mb: int


class Section(_Said, Generic[D]):
    """All devices of one kind.

    Attributes:
        devices: Those found.
        problem: Why there are none, or not all, in a sentence; empty where nothing is wrong.
        remedy: The line that mends that.
    """

    devices: tuple[D, ...] = ()
    problem: str = ""
    remedy: str = ""


class Listing(_Said):
    """Everything that was found; the number in `schema` grows only when a field goes or changes its meaning."""

    schema_: Literal["undertone.devices/1"] = Field(default="undertone.devices/1", alias="schema")
    microphones: Section[Microphone]
    sound_server: Section[SoundServerSource]
    cameras: Section[Camera]
    gpus: Section[Gpu]
