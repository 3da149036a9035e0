"""Asks a node for something and waits for its answer: 0 if it did it, 1 if not, 2 if nobody answered.

    pip install paho-mqtt
    python ask_a_node.py desk mute '{"muted": true, "for_s": 10, "reason": "the radio plays"}'
    python ask_a_node.py desk pause

The answer comes to a topic of our own: `reply/<client>/<request_id>`. A command carries the moment after which it must
not be carried out any more, so that one that was held up somewhere cannot surprise anybody.
"""

import argparse
import json
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt


def main():
    """Ask once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("node")
    parser.add_argument("verb", help="mute, pause, resume, stop, start, relabel, forget, set")
    parser.add_argument("fields", nargs="?", type=json.loads, default={}, help="what goes with it, as JSON")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--site", default="home")
    parser.add_argument("--wait-s", type=float, default=5.0)
    asked = parser.parse_args()
    prefix = f"undertone/v1/{asked.site}"
    me, request = f"ask-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    expires = datetime.now(UTC) + timedelta(seconds=asked.wait_s)
    command = {**asked.fields, "client": me, "request_id": request, "expires": expires.isoformat()}
    answers, answered = [], threading.Event()

    def subscribe(client, *_):
        client.subscribe(f"{prefix}/reply/{me}/{request}", qos=1)

    def ask(client, *_):
        # Only now: an answer that comes before we listen is lost.
        client.publish(f"{prefix}/cmd/{asked.node}/{asked.verb}", json.dumps(command), qos=1)

    def hear(_client, _data, message):
        answers.append(json.loads(message.payload))
        answered.set()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_connect, client.on_subscribe, client.on_message = subscribe, ask, hear
    client.connect(asked.host, asked.port)
    client.loop_start()
    answered.wait(asked.wait_s)
    client.disconnect()
    client.loop_stop()
    if not answers:
        print(f"{asked.node} did not answer within {asked.wait_s:g} s", file=sys.stderr)
        return 2
    print(answers[0]["message"])
    return 0 if answers[0]["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
