"""Options that several commands share."""

from typing import Annotated

import typer

from edge.logs import LogFormat

ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        "-c",
        metavar="PRESET|FILE",
        help="A preset (default, meeting, call, kiosk, text-only) or a YAML file; UNDERTONE_… variables go over it.",
        show_default="default",
    ),
]

ModalitiesOption = Annotated[
    str | None,
    typer.Option(
        metavar="text,audio,video",
        help="What emotions are read from: the words, the voice, the face.",
        show_default="all that the purpose allows and that is there",
    ),
]

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say on the standard error what the stages do.")]

LogFormatOption = Annotated[
    LogFormat, typer.Option("--log-format", help="How lines on the standard error are written.", show_default=True)
]
