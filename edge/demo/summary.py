"""What the demo says when it ends: counts, latencies per stage, what was dropped, and how well it was understood."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from edge.app import RunReport
from edge.bench.figures import quantiles
from edge.demo.hearing import Hearing
from edge.demo.scoring import DemoScore, LinkScore

WHOLE = "end of source"
"""Why a conversation ended that was played to its end, as the wire says it."""

_PARTS = ("endpoint", "transcribe", "encode", "analyse", "queue", "total")


def as_json(hearing: Hearing, report: RunReport, score: DemoScore, *, ready_s: float, fast: bool) -> dict[str, Any]:
    """The summary for scripts.

    Args:
        hearing: What the subscriber heard.
        report: What the pipeline says it did.
        score: What was heard, held against the script.
        ready_s: From the start of the command to being ready, seconds.
        fast: Whether it was played as fast as it goes; latencies mean nothing then.
    """
    return {
        "fast": fast,
        "ended": hearing.ended,
        "ready_s": round(ready_s, 2),
        "messages": hearing.messages,
        "revisions": hearing.revisions,
        "recogniser": {"texts": report.recogniser.transcripts, "ready_at_endpoint": report.recogniser.ready_ahead},
        "latency_ms": {
            part: quantiles([latency[part] for latency in hearing.latencies_ms]).rounded() for part in _PARTS
        },
        "dropped": {name: step.dropped for name, step in report.steps.items()},
        "failed": {name: step.counters.failed for name, step in report.steps.items()},
        "score": {
            "lines": score.lines,
            "heard": score.heard,
            "found": score.found,
            "found_fraction": round(score.found_fraction, 4),
            "word_error_rate": round(score.word_error_rate, 4),
            "speaker_accuracy": round(score.speaker_accuracy, 4),
            "emotion_accuracy": round(score.emotion_accuracy, 4),
            "majority_emotion_accuracy": round(score.majority_emotion_accuracy, 4),
            "links": _links(score.links),
            "self_links": _links(score.self_links),
        },
    }


def as_table(summary: dict[str, Any]) -> Table:
    """The summary for people."""
    table = Table(title="What happened", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, value in _lines(summary):
        table.add_row(f"[dim]{name}[/dim]", value)
    return table


def _lines(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    score, recogniser = summary["score"], summary["recogniser"]
    dropped = sum(summary["dropped"].values())
    yield "ready after", f"{summary['ready_s']:.1f} s"
    yield "heard", f"{score['heard']} utterances, {score['found']} of the script's {score['lines']} found in time"
    yield "recogniser", f"{recogniser['ready_at_endpoint']} of {recogniser['texts']} texts ready at the endpoint"
    if summary["ended"] == WHOLE:
        yield from _understanding(score)
    else:
        yield "understood", "no figures: it was stopped, and they are about the whole conversation"
    yield from _times(summary)
    yield "dropped", "nothing" if dropped == 0 else f"{dropped} unfinished texts"
    yield "messages", ", ".join(f"{count} {subject}" for subject, count in sorted(summary["messages"].items()))


def _understanding(score: dict[str, Any]) -> Iterator[tuple[str, str]]:
    links, alone = score["links"], score["self_links"]
    majority = score["majority_emotion_accuracy"]
    right = f"{links['precision']:.0%} of {links['given']} links right, {links['recall']:.0%} of the script's found"
    yield "words", f"{score['word_error_rate']:.1%} wrong"
    yield "emotions", f"{score['emotion_accuracy']:.0%} right (always the commonest one: {majority:.0%})"
    yield "causes", f"{right} (everybody their own cause: {alone['precision']:.0%}, {alone['recall']:.0%})"


def _times(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if summary["fast"]:
        yield "after speech", "no figures: they mean something at wall-clock speed only, without --fast"
        return
    for name, quantile in (("median", "p50"), ("95th percentile", "p95")):
        figures = ", ".join(f"{part} {summary['latency_ms'][part][quantile]:.0f}" for part in _PARTS)
        yield f"after speech, {name}", f"{figures} ms"


def _links(links: LinkScore) -> dict[str, float]:
    return {
        "given": links.given,
        "correct": links.correct,
        "expected": links.expected,
        "correct_elsewhere": links.correct_elsewhere,
        "precision": round(links.precision, 4),
        "recall": round(links.recall, 4),
        "f1": round(links.f1, 4),
    }
