import time

from edge.wire.event_id import EventIds


def test_an_id_is_a_uuid_of_version_7_that_holds_the_time():
    now_ns = 0x017F22E279B0 * 1_000_000  # the moment of the example in RFC 9562, appendix A.6
    made = EventIds(lambda: now_ns).next()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert str(made).startswith("017f22e2-79b0-7000-")


def test_ids_grow_within_a_moment_and_when_the_clock_is_set_back():
    moments = iter([2_000_000_000] * 100 + [1_000_000_000] * 100 + [3_000_000_000])
    ids = EventIds(lambda: next(moments))
    made = [ids.next() for _ in range(201)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_keep_to_the_wall_clock():
    milliseconds = EventIds().next().int >> 80
    assert abs(milliseconds / 1000 - time.time()) < 5
