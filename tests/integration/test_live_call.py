"""The product in a call: what both sides say comes out under the names of the two sides."""

import signal

import pytest

from edge.demo.scoring import count_word_errors, split_words
from tests.running_node import running_node
from tests.sounds import write
from tests.speech import line

pytestmark = pytest.mark.audio

OURS, THEIRS = 1, 4  # lines of the demo


async def test_both_sides_of_a_call_are_heard_by_name(room, tmp_path):
    room.add_sink("speakers")
    said = {"me": line(OURS), "them": line(THEIRS)}
    files = {name: write(tmp_path / f"{name}.wav", [samples]) for name, (samples, _) in said.items()}
    environment = dict(room.environment) | {"UNDERTONE_TRANSCRIBER__PART": "pocketsphinx"}
    async with running_node("--config", "call", environment=environment) as node:
        players = [room.play(files["me"]), room.play(files["them"], "speakers")]
        await node.heard("emotion", 2, within_s=60)
        code = await node.stop(signal.SIGINT)
        await node.heard("status", 2, within_s=5)
    assert [player.wait() for player in players] == [0, 0]
    assert code == 0
    transcripts = {payload["speaker"]["id"]: payload for payload in node.payloads("transcript/final")}
    assert set(transcripts) == {"me", "them"}
    for name, (_, words) in said.items():
        assert transcripts[name]["speaker"]["kind"] == "channel"
        assert count_word_errors(split_words(words), split_words(transcripts[name]["text"])) <= 2
    assert not [message for message in node.messages if message.payload.get("health") == "offline"]
