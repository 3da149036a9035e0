from dataclasses import dataclass, field


@dataclass(slots=True)
class Time:
    sec: int = 0
    nanosec: int = 0


@dataclass(slots=True)
class Header:
    stamp: Time = field(default_factory=Time)
    frame_id: str = ""


@dataclass(slots=True)
class Bool:
    data: bool = False


@dataclass(slots=True)
class String:
    data: str = ""
