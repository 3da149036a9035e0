"""Captions as they come: what is said when, and that nothing wrong with them stops them."""

import json

from edge.captions.live import LiveCaptions
from edge.captions.speaking import Speaking
from edge.captions.utterances import Joining
from realtime.events import Failure, Quiet, SpeakerIdentified, SpeakerKind, Transcript


def captions(**names: str) -> LiveCaptions:
    return LiveCaptions(None, Joining(), 1.0, Speaking(names))


def line(start_s: float, text: str, **more: object) -> bytes:
    return json.dumps({"start": start_s, "end": start_s + 1, "text": text, **more}).encode() + b"\n"


def test_a_sentence_is_said_when_it_comes_and_half_a_one_when_nothing_follows():
    live = captions()
    whole = list(live.came(line(0, "Yes.", speaker="Ann"), 10.0))
    assert [type(event) for event in whole] == [SpeakerIdentified, Transcript]
    assert (whole[1].latency.spoken_at, whole[1].latency.endpoint_s) == (10.0, 0.0)
    assert (whole[1].transcriber, whole[1].confidence, whole[1].words) == ("captions", 1.0, ())
    assert list(live.came(line(2, "and then"), 12.0)) == []
    assert live.due_at(12.4) == 13.0
    assert list(live.nothing_came(12.9)) == []
    _, half = [event for event in live.nothing_came(13.0) if not isinstance(event, Quiet)]
    assert (half.text, half.latency.spoken_at, half.latency.endpoint_s) == ("and then", 12.0, 1.0)


def test_the_last_cue_does_not_wait_for_an_empty_line():
    live = captions()
    assert list(live.came(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n", 5.0)) == []
    assert [event.text for event in live.nothing_came(6.0) if isinstance(event, Transcript)] == ["Hello."]


def test_silence_goes_on_while_nothing_comes():
    live = captions()
    assert list(live.nothing_came(50.0)) == []
    list(live.came(line(0, "Yes."), 100.0))
    assert [event.until_s for event in live.nothing_came(103.5)] == [2.0, 3.0, 4.0]
    assert [event.until_s for event in live.nothing_came(104.5)] == [5.0]
    assert [type(event) for event in live.came(line(7.5, "No."), 107.0)] == [
        Quiet,
        Quiet,
        SpeakerIdentified,
        Transcript,
    ]


def test_what_is_malformed_is_reported_once_with_its_line_and_left_out():
    live = captions()
    events = list(live.came(line(0, "Yes.") + b"rubbish\n" * 1000 + b"\xff\n" + line(1, "No."), 1.0))
    kinds = [type(event) for event in events]
    assert kinds == [SpeakerIdentified, Transcript, Failure, Failure, SpeakerIdentified, Transcript]
    assert events[2].message.startswith("line 2: a JSON object such as")
    assert events[2].segment == "line-2"
    assert events[3].message == "1000 more pieces after it could not be read"


def test_a_correction_that_comes_too_late_is_reported_and_loses_nothing():
    live = captions()
    events = list(live.came(line(0, "Yes.", id=1) + line(0, "No.", id=1), 1.0))
    assert [type(event) for event in events] == [SpeakerIdentified, Transcript, Failure]
    assert (events[2].code, events[2].segment) == ("too_late", None)


def test_another_file_begins_with_its_own_header():
    live = captions()
    events = list(live.came(b"WEBVTT\n\n00:01.000 --> 00:02.000\nOne.", 1.0))
    events += live.came(None, 2.0)
    events += live.came(b"WEBVTT\n\n00:02.000 --> 00:03.000\nTwo.\n\n", 2.0)
    assert [event.text for event in events if isinstance(event, Transcript)] == ["One.", "Two."]
    assert not [event for event in events if isinstance(event, Failure)]


def test_people_have_names_channels_and_other_names():
    live = captions(SPEAKER_00="anna")
    said = [("SPEAKER_00", "a."), ("Bob", "b."), (None, "c."), ("anna", "d.")]
    events = list(live.came(b"".join(line(0, text, speaker=name) for name, text in said), 1.0))
    speakers = [event.speaker for event in events if isinstance(event, SpeakerIdentified)]
    assert [speaker.id for speaker in speakers] == ["anna", "Bob", "unknown", "anna"]
    assert [speaker.kind for speaker in speakers][1:3] == [SpeakerKind.CHANNEL, SpeakerKind.UNKNOWN]
    assert [event.channel for event in events if isinstance(event, Transcript)] == [1, 2, 0, 1]


def test_thousands_of_people_cost_no_more_memory_than_some():
    speaking = Speaking({})
    live = LiveCaptions(None, Joining(), 1.0, speaking)
    for number in range(10_000):
        list(live.came(line(number, "Hi.", speaker=f"Guest {number}"), 1.0))
    assert speaking.said == 10_000
    assert len(speaking._channels) <= 4_096


def test_what_is_left_at_the_end_is_said():
    live = captions()
    assert list(live.came(b"1\n00:00:01,000 --> 00:00:02,000\nBOB: and", 1.0)) == []
    _, transcript = live.ended(2.0)
    assert transcript.text == "and"


def test_a_silence_of_days_is_few_events():
    live = captions()
    list(live.came(line(0, "Yes."), 1.0))
    quiet = [event.until_s for event in live.came(line(359_000, "No."), 2.0) if isinstance(event, Quiet)]
    assert quiet[:2] == [2.0, 3.0]
    assert len(quiet) < 10_000
    assert 0 <= 359_000 - quiet[-1] < 60
