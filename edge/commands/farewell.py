"""The last line of a run: what became of what was heard, read and seen."""

from edge.app import RunReport

_PICTURES = "face"


def farewell(report: RunReport, *, fast: bool) -> str:
    """What a run did, in one line for people.

    Args:
        report: Of the run.
        fast: Whether it went as fast as it could, so that its pace is worth saying.
    """
    published = report.steps["publish"].counters.processed
    lost = report.recogniser.lost + sum(step.counters.failed for step in report.steps.values())
    ends = f"{published} events published", *_unfinished(report), f"{lost} items lost", *_pictures(report)
    said = (f"{report.recogniser.transcripts} utterances in {report.took_s:.1f} s{_pace(report, fast=fast)}",)
    return f"stopped: {', '.join((*(said if report.source.words else ()), *ends))}"


def _pace(report: RunReport, *, fast: bool) -> str:
    if not fast or not report.took_s:
        return ""
    return f" ({report.recogniser.transcripts / report.took_s:.0f} per second)"


def _unfinished(report: RunReport) -> tuple[str, ...]:
    if report.source.words:
        return ()
    dropped = sum(step.dropped for name, step in report.steps.items() if name != _PICTURES)
    return (f"{dropped} unfinished texts dropped",)


def _pictures(report: RunReport) -> tuple[str, ...]:
    step = report.steps.get(_PICTURES)
    return () if step is None else (f"{step.counters.processed} pictures looked at and {step.dropped} dropped",)
