"""`undertone bench captions`: how fast a meeting that already has captions is understood."""

from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def captions(
    utterances: Annotated[int, typer.Option(min=1, max=100_000, help="How long the meeting is (utterances).")] = 2_000,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Measure how many utterances of one meeting are understood per second, when its captions are replayed with --fast.

    The demo's words are said over and over, read from WebVTT, published, and counted by a subscriber.
    """
    import asyncio
    import json
    import tempfile
    from pathlib import Path

    from edge.bench.meeting import measure_meeting
    from edge.commands.starting import read_settings
    from edge.logs import log_to_stderr, say
    from model.evaluation.machine import this_machine

    log_to_stderr(verbose=False)
    settings = read_settings(config)
    say(f"replaying the captions of {utterances} utterances …")
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure_meeting(settings, utterances, Path(folder)))
    if as_json:
        figures = {"bench": "captions", **result.as_json(), "machine": this_machine().model_dump()}
        typer.echo(json.dumps(figures | {"settings": settings.model_dump(mode="json")}, indent=2))
    else:
        lost = "" if result.complete else f"; incomplete: {result.received}"
        typer.echo(
            f"{result.utterances} utterances in {result.took_s:.1f} s: {result.per_second:.0f} per second, "
            f"from the first caption to the last cause received{lost}"
        )
