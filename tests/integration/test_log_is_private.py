"""Nothing that people said gets into the log, however much is logged, whatever goes wrong, and in no format."""

import io
import json
import logging

import pytest
from pydantic import ValidationError

from edge.brokers.embedded import EmbeddedBroker, Settings
from edge.logs import JsonLines, TextLines
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.wire.stamp import Stamp
from edge.wire.transcript import PartialTranscript
from model.errors import UndertoneError
from realtime.parts import PartChoice

SPOKEN = ("zebrafinch", "quokkasong", "marmaladesky")
WHOLE = f"""WEBVTT

00:00:01.000 --> 00:00:02.000
<v Rumpelstilzchen>We got the {SPOKEN[0]}!</v>

00:00:02.500 --> 00:00:04.000
<v Bob>That {SPOKEN[1]} is so sad.</v>
"""
BROKEN = f"""{WHOLE}
00:00:05.000 --> 00:00:04.000
<v Rumpelstilzchen>{SPOKEN[2]} {SPOKEN[2]}</v>

{SPOKEN[2]} --> {SPOKEN[2]}
{SPOKEN[2]}
"""


@pytest.fixture
def log():
    """All that is logged at level info or above, as text and as JSON."""
    written, handlers = io.StringIO(), []
    for formatter in (TextLines(), JsonLines()):
        handler = logging.StreamHandler(written)
        handler.setFormatter(formatter)
        handlers.append(handler)
        logging.getLogger().addHandler(handler)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    yield written
    logging.getLogger().setLevel(before)
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


async def hear(path):
    source = {"part": "captions", "path": str(path), "fast": True}
    settings = AppSettings(source=PartChoice.model_validate(source))
    received = []

    async def ready(_):
        return

    await rehearse(settings, EmbeddedBroker(Settings(port=0, websocket_port=None)), received.append, ready)
    return b"".join(json.dumps(message.payload).encode() for message in received).decode()


async def test_a_whole_conversation_leaves_its_course_in_the_log_and_none_of_its_words(tmp_path, log):
    path = tmp_path / "meeting.vtt"
    path.write_text(WHOLE)
    published = await hear(path)
    assert all(word in published for word in SPOKEN[:2])
    lines = log.getvalue().splitlines()
    understood = [json.loads(line) for line in lines if line.startswith("{") and "was understood" in line]
    assert [line["utterance"] for line in understood] == ["u1", "u2"]
    assert len({line["conversation"] for line in understood}) == 1
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in understood)
    said = log.getvalue().lower()
    assert not [word for word in (*SPOKEN, "rumpelstilzchen") if word in said]


async def test_captions_that_cannot_be_read_are_not_quoted(tmp_path, log):
    path = tmp_path / "meeting.vtt"
    path.write_text(BROKEN)
    with pytest.raises(UndertoneError) as refused:
        await hear(path)
    said = (log.getvalue() + str(refused.value)).lower()
    assert not [word for word in (*SPOKEN, "rumpelstilzchen") if word in said]


def test_a_message_that_cannot_be_made_does_not_quote_its_words():
    with pytest.raises(ValidationError) as refused:
        PartialTranscript(**Stamp("desk").fields(), conversation_id="c", media=None, channel=0, text=[SPOKEN[0]])
    assert SPOKEN[0] not in str(refused.value)
