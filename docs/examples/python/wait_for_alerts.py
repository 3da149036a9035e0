"""Waits for alerts, and says with each the words that raised it, as far as it heard them.

    pip install aiomqtt
    python wait_for_alerts.py --host 127.0.0.1

Which alerts there are is set at the node: `undertone config` lists its `alerts`.
"""

import argparse
import asyncio
import json
from collections import OrderedDict

import aiomqtt

REMEMBERED = 1_000
RETRY_S = 3


def told(alert, words):
    """An alert as lines of text."""
    if alert["state"] == "cleared":
        return [f"over: {alert['rule']} ({alert['reason']})"]
    who = ", ".join(alert["speakers"])
    evidence = [words.get((alert["conversation_id"], each["utterance"])) for each in alert["evidence"]]
    return [f"ALERT {alert['rule']}: {who}: {alert['reason']}", *(f'  "{text}"' for text in evidence if text)]


async def wait(host, port, words):
    """Print alerts while the connection lasts."""
    async with aiomqtt.Client(host, port) as client:
        await client.subscribe([(f"undertone/v1/+/conv/+/{subject}", 1) for subject in ("transcript/final", "alert")])
        print("listening", flush=True)
        async for message in client.messages:
            event = json.loads(message.payload)
            if event["schema"] == "undertone.alert/1":
                print(*told(event, words), sep="\n", flush=True)
            else:
                words[event["conversation_id"], event["utterance"]] = event["text"]
                if len(words) > REMEMBERED:
                    words.popitem(last=False)


async def main():
    """Wait until Ctrl-C, across losses of the connection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    arguments = parser.parse_args()
    words = OrderedDict()
    while True:
        try:
            await wait(arguments.host, arguments.port, words)
        except aiomqtt.MqttError as error:
            print(f"no connection: {error}", flush=True)
            await asyncio.sleep(RETRY_S)


if __name__ == "__main__":
    asyncio.run(main())
