"""What a reader can rely on, in the words that stand at the top of the document."""

from typing import Final

from edge.wire.envelope import MAX_BYTES
from edge.wire.message import PASSING_S

DESCRIPTION: Final = f"""\
undertone listens to a room and says, while people are still talking, what each of them feels and what caused it.

Every payload is one JSON object of less than {MAX_BYTES} bytes, in UTF-8, with an envelope: `schema` (name and version
of the payload), `event_id` (a time-ordered UUID), `node`, `boot_id` (new with every start of the node) and `at` (wall
time, UTC). Under `conv/` it also has `conversation_id`, as in the topic, and `media`, the stretch of sound it is about,
in seconds. Nothing travels in MQTT 5 properties alone, and there are no headers.

What a reader can rely on:

1. For one utterance: transcript/final, then emotion, then cause, in this order.
2. `revision` starts at 1 and only grows, per utterance and topic. `final` comes exactly once for each; nothing changes
   after it. `links` of a cause are the whole list each time, never a change to an earlier one.
3. What is sent with QoS 1 reaches the broker at least once, also across an outage of the broker or the end of the
   process: it is written to disk first. A repeated message has the same `event_id`.
4. Every event has a `seq`, which counts the events of its conversation from 1 without gaps, across all topics. What had
   to be dropped is counted and announced by `lifecycle` with `event: gap`.
5. Events are not retained. What is retained about a conversation is cleared, by an empty payload, when it ends.
6. `status` is retained and the last will: `stopped` after a clean end, `offline` after a crash.
7. What is sent with QoS 0 may be lost, and is not repeated after a lost connection; with MQTT 5 a broker keeps it for
   nobody longer than {PASSING_S} s. A command is not carried out after its `expires`, nor when it is retained. Whoever
   asks subscribes to the reply's topic first.
8. No sound and no picture is ever published. Words stand under `transcript/` only.

Within `v1` of the topics, and within the version in `schema`, fields are only added: let pass what you do not know, and
take an unknown value of a string for something you do not handle. A parameter's `location` names the field of the
payload that says the same as the topic, its `x-pattern` how it is spelt.
"""
