"""How a subscriber's messages become utterances that can be held against the script."""

from edge.demo.hearing import Hearing
from edge.watch.subscriber import Received
from edge.wire.topics import Place


def message(subject: str, **payload: object) -> Received:
    return Received(f"undertone/v1/home/conv/c/{subject}", payload, Place("conv", "c", subject))


def told(hearing: Hearing, utterance: str, label: str, *causes: str) -> None:
    media = {"start_s": 1.0, "end_s": 2.0}
    hearing.hear(
        message("transcript/final", utterance=utterance, media=media, speaker={"id": "ann"}, text=f"text {utterance}")
    )
    hearing.hear(message("emotion", utterance=utterance, emotion={"label": label}, latency_ms={"total": 540.0}))
    hearing.hear(message("cause", utterance=utterance, links=[{"cause": cause} for cause in causes]))


def test_links_become_positions_among_the_heard_utterances():
    hearing = Hearing()
    told(hearing, "u1", "neutral")
    told(hearing, "u2", "joy", "u1", "u2")
    first, second = hearing.utterances()
    assert (first.text, first.emotion, first.causes) == ("text u1", "neutral", ())
    assert (second.speaker, second.emotion, second.causes) == ("ann", "joy", (0, 1))
    assert hearing.messages == {"transcript/final": 2, "emotion": 2, "cause": 2}
    assert [latency["total"] for latency in hearing.latencies_ms] == [540.0, 540.0]


def test_the_newest_revision_counts():
    hearing = Hearing()
    told(hearing, "u1", "neutral")
    hearing.hear(message("emotion", utterance="u1", emotion={"label": "anger"}, latency_ms=None))
    hearing.hear(message("cause", utterance="u1", links=[{"cause": "u1"}]))
    (heard,) = hearing.utterances()
    assert (heard.emotion, heard.causes) == ("anger", (0,))
    assert hearing.revisions == 1
    assert len(hearing.latencies_ms) == 1
