"""What Prometheus reads, read as Prometheus does."""

import re

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from edge.monitoring.prometheus import exposition
from tests.node_figures import figures

OPEN = "application/openmetrics-text; version=1.0.0"


def families(accepted="", **changes):
    text, content_type = exposition(figures(**changes), accepted)
    parse = text_string_to_metric_families
    if content_type.startswith("application/openmetrics-text"):
        parse = openmetrics.text_string_to_metric_families
    return {family.name: family for family in parse(text.decode())}


def values(family):
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in family.samples}


@pytest.mark.parametrize("accepted", ["", "text/plain", OPEN])
def test_every_figure_is_there_in_both_formats(accepted):
    found = families(accepted)
    assert found["undertone_uptime_seconds"].samples[0].value == 61.5
    assert values(found["undertone_utterances"]) == {("undertone_utterances_total",): 24.0}
    assert values(found["undertone_dropped"]) == {
        ("undertone_dropped_total", ("kind", "partials")): 5.0,
        ("undertone_dropped_total", ("kind", "pictures")): 6.0,
        ("undertone_dropped_total", ("kind", "messages")): 7.0,
    }
    assert values(found["undertone_stage_duration_seconds"]) == {
        ("undertone_stage_duration_seconds", ("quantile", "0.5"), ("stage", "encode")): 0.01,
        ("undertone_stage_duration_seconds", ("quantile", "0.95"), ("stage", "encode")): 0.04,
        ("undertone_stage_duration_seconds_count", ("stage", "encode")): 120.0,
        ("undertone_stage_duration_seconds_sum", ("stage", "encode")): 2.5,
    }
    assert values(found["undertone_queue_waiting"]) == {("undertone_queue_waiting", ("stage", "encode")): 2.0}
    assert values(found["undertone_outbox_oldest_seconds"]) == {("undertone_outbox_oldest_seconds",): 2.0}


def test_names_and_types_follow_the_conventions():
    for name, family in families(OPEN).items():
        assert re.fullmatch(r"undertone(_[a-z]+)*", name)
        assert family.documentation
        if any(sample.name.endswith("_total") for sample in family.samples):
            assert family.type == "counter"
        assert not name.endswith(("_ms", "_s", "_total"))


def test_no_label_is_about_a_person_or_a_conversation():
    labels = {label for family in families().values() for sample in family.samples for label in sample.labels}
    assert labels == {"version", "kind", "stage", "part", "quantile"}


def test_what_is_not_known_is_not_there():
    found = families(lag_s=None, real_time_factor=None, outbox=None)
    assert found.keys().isdisjoint({"undertone_lag_seconds", "undertone_real_time_factor", "undertone_outbox_waiting"})
    queue = values(families()["undertone_utterance_latency_seconds"])
    assert ("undertone_utterance_latency_seconds", ("part", "queue"), ("quantile", "0.5")) not in queue
