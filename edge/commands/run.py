"""`undertone run`: listen, understand, publish."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.camera import CameraOption, camera_given
from edge.commands.options import ConfigOption, LogFormatOption, ModalitiesOption, VerboseOption
from edge.logs import LogFormat


def run(
    recording: Annotated[
        Path | None,
        typer.Argument(help="A recording, or captions (.vtt, .srt, .jsonl), instead of the configured source."),
    ] = None,
    *,
    config: ConfigOption = None,
    speakers: Annotated[
        str, typer.Option(help="Who speaks on each channel, separated by commas: anna,ben.", show_default=False)
    ] = "",
    captions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|-",
            help="Captions in a file of any name, or from standard input as they come: WebVTT, SubRip, or JSON lines "
            "with start, end, speaker and text.",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on reading captions that are still being written, as the file grows.")
    ] = False,
    fast: Annotated[
        bool, typer.Option("--fast", help="Play the recording or captions as fast as it goes, not at their own speed.")
    ] = False,
    camera: CameraOption = None,
    modalities: ModalitiesOption = None,
    verbose: VerboseOption = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Listen to the microphone, to a recording, or read captions, and publish who feels what and why. Ends with Ctrl-C.

    See the results with `undertone watch` in another terminal, or subscribe to undertone/v1/#.
    """
    import asyncio

    from edge.commands.starting import nothing_to_clean_up, read_settings, source_given, where
    from edge.logs import log_to_stderr, say

    log_to_stderr(verbose=verbose, form=log_format)
    source = source_given(config, recording, speakers, fast=fast, captions=captions, follow=follow)
    evidence = {} if modalities is None else {"modalities": modalities}
    settings = read_settings(config, camera_given(camera) | source | evidence)

    with nothing_to_clean_up():
        from edge.app import App
        from edge.commands.farewell import farewell
        from edge.purpose import duty
        from edge.running import run_to_end
        from realtime.protocols import SourceInfo

    app = App(settings)

    async def ready(info: SourceInfo) -> None:
        address = where(app.broker_url, settings.site)
        eyes = "" if app.camera is None else f", looking through {app.camera.name}"
        say(f"listening to {info.name}{eyes}; stop with Ctrl-C, look with: undertone watch {address}")
        if app.choice is not None:
            say(str(app.choice))
        if (owed := duty(app.reading.modalities)) is not None:
            say(owed)

    report = asyncio.run(run_to_end(app, ready))
    say(farewell(report, fast=fast))
