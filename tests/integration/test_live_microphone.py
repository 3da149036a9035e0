"""The product at a microphone: the demo is played into a room, captured through PortAudio, and understood."""

import signal

import pytest

from edge.demo.scoring import count_word_errors, split_words
from edge.demo.script import RECORDING_PATH, read_spoken_script
from tests.running_node import running_node

pytestmark = pytest.mark.audio

LINES = 4


async def test_what_is_said_in_the_room_comes_out_as_emotions_with_causes(room):
    environment = dict(room.environment) | {"UNDERTONE_SOURCE__PART": "microphone"}
    async with running_node(environment=environment) as node:
        player = room.play(RECORDING_PATH)
        await node.heard("cause", LINES, within_s=60)
        player.terminate()
        code = await node.stop(signal.SIGINT)
        await node.heard("status", 2, within_s=5)
    player.wait()
    transcripts = [payload["text"] for payload in node.payloads("transcript/final")][:LINES]
    written = [spoken.line.text for spoken in read_spoken_script()[:LINES]]
    assert code == 0
    assert node.payloads("status")[-1]["status"] == "stopped"
    assert node.payloads("meta")[0]["modalities"] == ["text", "audio"]
    assert len(node.payloads("emotion")) == len(node.payloads("transcript/final"))
    assert "diarized" in {payload["speaker"]["kind"] for payload in node.payloads("transcript/final")}
    words = split_words(" ".join(written))
    assert count_word_errors(words, split_words(" ".join(transcripts))) < 0.5 * len(words)
