"""What a subscriber received: counts, holes, lags, and that its own size does not matter."""

from datetime import UTC, datetime

from edge.bench.receipts import Receipts
from edge.watch.subscriber import Received
from edge.wire.topics import place_of


def message(subject, number=None, conversation="c1", **payload):
    topic = f"undertone/v1/home/conv/{conversation}/{subject}"
    counted = {} if number is None else {"seq": number}
    return Received(topic, {"conversation_id": conversation, **counted, **payload}, place_of(topic))


def heard(*messages):
    receipts = Receipts(0.5)
    for one in messages:
        receipts.hear(one)
    return receipts


def test_finals_are_counted_and_nothing_else():
    receipts = heard(
        message("transcript/final", 1),
        message("emotion", 2, status="provisional"),
        message("emotion", 3, status="final"),
        message("cause", 4, status="final"),
        message("state"),
    )
    assert dict(receipts.finals) == {"transcript/final": 1, "emotion": 1, "cause": 1}
    assert (receipts.holes, receipts.repeated, receipts.errors) == (0, 0, 0)


def test_holes_and_repetitions_are_counted_by_conversation():
    receipts = heard(
        message("transcript/final", 1),
        message("transcript/final", 1, "c2"),
        message("error", 4),
        message("cause", 3, status="final"),
        message("cause", 5, status="final"),
        message("cause", 2, "c2", status="final"),
    )
    assert (receipts.holes, receipts.repeated, receipts.errors) == (2, 1, 1)


def test_a_conversation_that_ended_leaves_nothing_behind():
    receipts = heard(message("lifecycle", 1, event="started"), message("lifecycle", 2, event="ended"))
    assert receipts._next == {}


def test_lags_leave_out_the_wait_that_was_chosen():
    now = datetime.now(UTC).isoformat()
    first = {"status": "final", "media": {"end_s": 7.0}, "at": now}
    receipts = heard(
        message("emotion", 1, **first, latency_ms={"total": 530.0}),
        message("emotion", 2, **first, latency_ms={"total": 20.0}),
        message("emotion", 3, **first, latency_ms=None),
    )
    assert list(receipts.heard_until_s) == [7.0, 7.0]
    assert 30.0 <= receipts.lags_ms[0] < 5000.0
    assert 0.0 <= receipts.lags_ms[1] < 5000.0
