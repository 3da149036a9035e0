"""When an utterance begins, pauses, ends and is cut, from nothing but probabilities and levels."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.endpointing import Endpointer, Endpointing, Mark, MarkKind
from realtime.events import EndReason

RULES = Endpointing(begin=0.5, stay=0.35, soft=3, hard=6, shortest=3, longest=30, search=10, look_behind=4)
STARTED, SOUND, PAUSED, RESUMED, ENDED, DISCARDED = MarkKind


def marks(probabilities, levels=None, rules=RULES, flush=False) -> list[Mark]:
    endpointer = Endpointer(rules)
    levels = levels or [0.0] * len(probabilities)
    found = [mark for step in zip(probabilities, levels, strict=True) for mark in endpointer.step(*step)]
    return [*found, *(endpointer.flush() if flush else ())]


def without_sound(found):
    return [mark for mark in found if mark.kind is not SOUND]


def released(found) -> int:
    return max(mark.window for mark in found if mark.kind is SOUND)


def test_silence_says_nothing():
    assert marks([0.1] * 100, flush=True) == []


def test_an_utterance_starts_with_its_look_behind_pauses_and_ends():
    found = marks([0.0] * 10 + [0.9] * 8 + [0.0] * 10)
    assert without_sound(found) == [Mark(STARTED, 6), Mark(PAUSED, 18), Mark(ENDED, 18, EndReason.SILENCE)]
    assert released(found) == 21  # up to the soft endpoint


def test_look_behind_reaches_neither_before_the_beginning_nor_into_the_segment_before():
    found = marks([0.0] + [0.9] * 4 + [0.0] * 6 + [0.9] * 4 + [0.0] * 6)
    starts = [mark.window for mark in found if mark.kind is STARTED]
    assert starts == [0, 8]  # the first segment's sound went out up to window 8


def test_speech_after_the_soft_endpoint_resumes_and_brings_the_silence_between():
    found = marks([0.9] * 5 + [0.0] * 4 + [0.9] * 5 + [0.0] * 6)
    assert [mark.kind for mark in without_sound(found)] == [STARTED, PAUSED, RESUMED, PAUSED, ENDED]
    resumed = next(index for index, mark in enumerate(found) if mark.kind is RESUMED)
    assert found[resumed - 2] == Mark(SOUND, 8)
    assert found[resumed + 1] == Mark(SOUND, 10)


def test_a_probability_between_the_thresholds_keeps_speech_going_but_does_not_begin_it():
    assert marks([0.4] * 20) == []
    assert [mark.kind for mark in without_sound(marks([0.9] + [0.4] * 20))] == [STARTED]
    after_a_gap = marks([0.9, 0.9, 0.9, 0.1] + [0.4] * 20)
    assert [mark.kind for mark in without_sound(after_a_gap)] == [STARTED, PAUSED, ENDED]


def test_a_short_noise_is_discarded():
    found = marks([0.9] * 2 + [0.0] * 6)
    assert [mark.kind for mark in without_sound(found)] == [STARTED, PAUSED, DISCARDED]


def test_endless_speech_is_cut_at_its_quietest_point_and_goes_on_there():
    levels = [-20.0] * 24 + [-60.0] * 2 + [-20.0] * 10
    found = marks([0.9] * len(levels), levels)
    assert without_sound(found)[:3] == [Mark(STARTED, 0), Mark(ENDED, 25, EndReason.FORCED), Mark(STARTED, 25)]
    assert Mark(SOUND, 25) in found
    assert released(found) == len(levels)


def test_a_pause_at_the_longest_length_ends_the_segment():
    found = marks([0.9] * 26 + [0.0] * 4 + [0.9])
    assert Mark(ENDED, 26, EndReason.SILENCE) in found
    assert found[-2] == Mark(STARTED, 29)


def test_the_rest_after_a_cut_counts_however_short_it_is():
    levels = [-20.0] * 28 + [-60.0] + [-20.0]
    found = marks([0.9] * 30 + [0.0] * 6, levels + [-20.0] * 6)
    assert [mark.kind for mark in without_sound(found)] == [STARTED, ENDED, STARTED, PAUSED, ENDED]


def test_the_end_of_the_stream_ends_a_segment_with_all_its_sound():
    found = marks([0.9] * 9, flush=True)
    assert found[-1] == Mark(ENDED, 9, EndReason.END_OF_STREAM)
    assert released(found) == 9


def test_the_end_of_the_stream_discards_what_is_too_short():
    assert marks([0.9], flush=True)[-1].kind is DISCARDED


FOLLOWERS = {
    None: {STARTED},
    STARTED: {SOUND},
    SOUND: {SOUND, PAUSED, ENDED, DISCARDED},
    PAUSED: {RESUMED, ENDED, DISCARDED},
    RESUMED: {SOUND, ENDED, DISCARDED},
    ENDED: {STARTED},
    DISCARDED: {STARTED},
}

rules = st.builds(
    lambda soft, more, search, longer, shortest, look_behind: replace(
        RULES,
        soft=soft,
        hard=soft + more,
        search=search,
        longest=max(search, look_behind) + longer,
        shortest=shortest,
        look_behind=look_behind,
    ),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(1, 10),
    st.integers(1, 10),
    st.integers(1, 5),
    st.integers(1, 6),
)
windows = st.tuples(st.sampled_from([0.0, 0.4, 0.9]), st.floats(-80, 0))


@given(rules, st.lists(windows, max_size=120))
def test_whatever_is_heard_segments_are_well_formed_and_lose_no_sound(rules, heard):
    found = marks([p for p, _ in heard], [level for _, level in heard], rules, flush=True)
    before, sent, spoken = None, 0, 0
    for mark in found:
        assert mark.kind in FOLLOWERS[before]
        before = mark.kind
        if mark.kind is STARTED:
            assert mark.window >= sent  # no sample twice
            start = sent = mark.window
        elif mark.kind is SOUND:
            assert mark.window > sent
            sent = mark.window
        elif mark.kind is ENDED:
            assert start <= mark.window <= sent
            assert mark.window - start <= rules.longest
            assert mark.window >= spoken
            spoken = mark.window
        assert sent - start <= rules.longest + 1
    assert before in (None, ENDED, DISCARDED)


@given(rules, st.lists(windows, min_size=1, max_size=120))
def test_no_speech_is_left_out_but_what_was_discarded(rules, heard):
    covered: set[int] = set()
    start = 0
    for mark in marks([p for p, _ in heard], [level for _, level in heard], rules, flush=True):
        if mark.kind is STARTED:
            start = mark.window
        elif mark.kind is SOUND:
            covered.update(range(start, mark.window))
    spoken = {number for number, (probability, _) in enumerate(heard) if probability >= rules.begin}
    assert spoken <= covered


@pytest.mark.parametrize("cut", range(1, 30))
def test_sound_near_the_longest_length_waits_only_for_the_quietest_point(cut):
    """What is released before the cut is decided must not reach beyond it."""
    levels = [-20.0] * 30
    levels[cut] = -70.0
    endpointer = Endpointer(RULES)
    sent = 0
    for level in levels[:-1]:
        for mark in endpointer.step(0.9, level):
            sent = max(sent, mark.window) if mark.kind is SOUND else sent
    ended = next(mark for mark in endpointer.step(0.9, levels[-1]) if mark.kind is ENDED)
    assert sent <= ended.window
