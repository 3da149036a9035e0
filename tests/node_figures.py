"""A snapshot as a running node gives it."""

from edge.monitoring.figures import Durations, Figures, OutboxFigures, StepFigures

TOOK = Durations(p50_s=0.01, p95_s=0.04, total_s=2.5, count=120)


def figures(**changes: object) -> Figures:
    usual = {
        "uptime_s": 61.5,
        "utterances": 24,
        "failures": 1,
        "lag_s": 0.05,
        "heard_s": 60.0,
        "real_time_factor": 0.2,
        "memory_bytes": 700_000_000,
        "steps": {"encode": StepFigures(TOOK, failed=1, waiting=2, deepest=7, joined=3)},
        "latency": {"total": TOOK, "queue": Durations(0.0, 0.0, 0.0, 0)},
        "dropped": {"partials": 5, "pictures": 6, "messages": 7},
        "lost_sound_s": 1.5,
        "outbox": OutboxFigures(waiting=3, oldest_s=2.0, dropped=7),
    }
    return Figures(**usual | changes)
