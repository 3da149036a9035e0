import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from rclpy.qos import DurabilityPolicy


@dataclass
class Parameter:
    value: Any


class Logger:
    def info(self, line):
        print(line, flush=True)

    warning = info


class Publisher:
    def __init__(self, kind, topic, profile):
        self._kind, self._topic = kind, topic
        self._latched = profile.durability is DurabilityPolicy.TRANSIENT_LOCAL

    def publish(self, message):
        assert type(message) is self._kind
        said = {"topic": self._topic, "type": type(message).__name__, "latched": self._latched}
        print(json.dumps({**said, "fields": asdict(message)}), flush=True)


class Node:
    def __init__(self, name):
        self.name = name

    def declare_parameter(self, name, default):
        """The parameter, as `--ros-args -p name:=value` gives it."""
        for word in sys.argv:
            given, _, value = word.partition(":=")
            if given == name:
                return Parameter(type(default)(value))
        return Parameter(default)

    def get_logger(self):
        return Logger()

    def create_publisher(self, kind, topic, profile):
        return Publisher(kind, topic, profile)

    def destroy_publisher(self, publisher):
        print(json.dumps({"gone": publisher._topic}), flush=True)

    def destroy_node(self):
        print(json.dumps({"gone": self.name}), flush=True)
