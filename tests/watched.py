"""Messages as a subscriber receives them, made of pipeline events without a broker."""

import json

from edge.watch.subscriber import Received
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.node_mapping import NodeMapping
from edge.wire.stamp import Stamp
from edge.wire.topics import place_of
from tests.conversation_events import node_info
from tests.fakes import ManualClock


def received(topic, payload):
    """A message; the payload as a dictionary."""
    return Received(topic, payload, place_of(topic))


def as_received(*events, clock=None, alerts=()):
    """What a subscriber receives of a node that says these events, by these rules for alerts."""
    info, stamp = node_info(), Stamp("desk")
    mapping = ConversationMapping(info, stamp, clock or ManualClock(100.6), partials=True, alerts=alerts)
    messages = [NodeMapping(info, stamp, 100, 1.0).birth()]
    messages += [message for event in events for message in mapping.messages(event)]
    return [received(message.topic, json.loads(message.payload) if message.payload else {}) for message in messages]
