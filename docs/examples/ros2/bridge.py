"""What undertone hears, on the topics of REP-155: a ROS 2 node beside an MQTT broker.

Needs rclpy, std_msgs and hri_msgs from your ROS 2, and paho-mqtt; `mapping.py` is edge/ros/mapping.py of undertone,
copied beside this file or imported from where undertone is installed (`edge.ros.mapping`).

    python bridge.py --ros-args -p host:=127.0.0.1 -p port:=1883 -p site:=home
"""

import json

import paho.mqtt.client as mqtt
import rclpy
from hri_msgs.msg import Expression, IdsList, LiveSpeech
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Bool, String

try:
    from mapping import RosMessage, Voices, to_ros
except ImportError:
    from edge.ros.mapping import RosMessage, Voices, to_ros

TYPES = {
    "hri_msgs/Expression": Expression,
    "hri_msgs/IdsList": IdsList,
    "hri_msgs/LiveSpeech": LiveSpeech,
    "std_msgs/Bool": Bool,
    "std_msgs/String": String,
}
SUBJECTS = ("activity", "transcript/partial", "transcript/final", "emotion", "cause", "lifecycle")


class Bridge(Node):
    """Publishes what the broker says, in the thread in which it says it."""

    def __init__(self):
        super().__init__("undertone")
        self.voices = Voices()
        self._publishing = {}
        self._site = self.declare_parameter("site", "home").value
        host = self.declare_parameter("host", "127.0.0.1").value
        port = self.declare_parameter("port", 1883).value
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self.get_logger().info("listening")
        self._client.on_message = self._hear
        self._client.connect_async(host, port)
        self._client.loop_start()

    def close(self):
        """Say no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client, *_):
        client.subscribe([(f"undertone/v1/{self._site}/conv/+/{subject}", 1) for subject in SUBJECTS])

    def _hear(self, _client, _data, message):
        try:
            payload = json.loads(message.payload)
            told = to_ros(payload, self.voices)
        except (ValueError, KeyError, AttributeError) as error:
            self.get_logger().warning(f"{message.topic} is none of undertone's messages: {error!r}")
            return
        for said in told:
            self._publish(said)
        self.voices = self.voices.after(payload)
        self._forget_who_left()

    def _publish(self, said: RosMessage):
        if said.topic not in self._publishing:
            durability = DurabilityPolicy.TRANSIENT_LOCAL if said.latched else DurabilityPolicy.VOLATILE
            profile = QoSProfile(depth=10, durability=durability)
            self._publishing[said.topic] = self.create_publisher(TYPES[said.type], said.topic, profile)
        self._publishing[said.topic].publish(filled(TYPES[said.type](), said.fields))

    def _forget_who_left(self):
        """A voice that is not tracked any more has no topics."""
        for topic in list(self._publishing):
            _, _, kind, voice, *_ = (*topic.split("/"), "", "")
            if kind == "voices" and voice != "tracked" and voice not in self.voices.ids:
                self.destroy_publisher(self._publishing.pop(topic))


def filled(message, fields):
    """The ROS message with these values."""
    for name, value in fields.items():
        if isinstance(value, dict):
            filled(getattr(message, name), value)
        else:
            setattr(message, name, value)
    return message


def main():
    """Run until Ctrl-C."""
    rclpy.init()
    bridge = Bridge()
    try:
        rclpy.spin(bridge)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        bridge.close()
        bridge.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
