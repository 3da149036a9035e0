"""Too long a sound is cut where it is quietest."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.stretches import stretches


@given(st.integers(0, 10 * SAMPLE_RATE_HZ), st.floats(0.5, 4.0))
def test_stretches_make_up_the_sound_and_none_is_too_long(length, longest_s):
    samples = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    found = list(stretches(samples, longest_s))
    assert np.array_equal(np.concatenate([part for _, part in found]), samples)
    position = 0
    for start_s, part in found:
        assert round(start_s * SAMPLE_RATE_HZ) == position
        assert part.size <= longest_s * SAMPLE_RATE_HZ
        position += part.size


def test_the_cut_is_in_a_pause():
    samples = np.ones(45 * SAMPLE_RATE_HZ, np.float32)
    samples[26 * SAMPLE_RATE_HZ : 27 * SAMPLE_RATE_HZ] = 0.0
    first, second = stretches(samples, 30.0)
    assert 26.0 <= second[0] <= 27.0
    assert first[1].size + second[1].size == samples.size
