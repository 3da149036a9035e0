"""Who feels what, because of which words: follows the next conversation to its end.

    pip install paho-mqtt
    python follow_conversation.py --host 127.0.0.1

Messages of one utterance come in this order: its words, its emotion, its causes. So when the causes come, all that
they refer to is known, unless this program came in the middle: then it says so.
"""

import argparse
import json

import paho.mqtt.client as mqtt

SUBJECTS = ("lifecycle", "transcript/final", "emotion", "cause")


class Conversation:
    """What was said and felt in it."""

    def __init__(self):
        self.words = {}
        self.speakers = {}

    def take(self, event):
        """Take a message in; the line it is worth, if it is worth one."""
        utterance = event.get("utterance")
        match event["schema"]:
            case "undertone.transcript-final/1":
                self.words[utterance], self.speakers[utterance] = event["text"], event["speaker"]["id"]
            case "undertone.cause/1" if event["status"] == "final":
                who = self.speakers.get(utterance, "somebody")
                return f"{who} feels {event['label']}{self._why(event['links'])}"
        return None

    def _why(self, links):
        if not links:
            return ""
        return " because " + " and ".join(self._cause(link["cause"]) for link in links)

    def _cause(self, utterance):
        if utterance not in self.words:
            return "of something said before"
        return f'{self.speakers[utterance]} said "{self.words[utterance]}"'


def main():
    """Follow one conversation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--site", default="+", help="the place; + for every place")
    arguments = parser.parse_args()
    conversations = {}

    def subscribe(client, *_):
        client.subscribe([(f"undertone/v1/{arguments.site}/conv/+/{subject}", 1) for subject in SUBJECTS])

    def hear(client, _, message):
        event = json.loads(message.payload)
        conversation = conversations.setdefault(event["conversation_id"], Conversation())
        if line := conversation.take(event):
            print(line, flush=True)
        if event["schema"] == "undertone.lifecycle/1" and event["event"] == "ended":
            client.disconnect()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_connect = subscribe
    client.on_subscribe = lambda *_: print("listening", flush=True)
    client.on_message = hear
    client.connect(arguments.host, arguments.port)
    client.loop_forever()


if __name__ == "__main__":
    main()
