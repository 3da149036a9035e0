"""What the command line says about the camera."""

from pathlib import Path
from typing import Annotated, Any

import typer

CameraOption = Annotated[
    str | None,
    typer.Option(
        metavar="0|PATH|URL|recording|none",
        help="A camera by number, path or address, a video, or the recording's own pictures: faces are read where the "
        "network can, and how well they were seen is published with each utterance.",
        show_default=False,
    ),
]


def camera_given(camera: str | None) -> dict[str, Any]:
    """The camera as a setting that goes over all others; empty where the command line says nothing."""
    if camera is None:
        return {}
    if camera in ("none", ""):
        return {"camera": None}
    if camera == "recording":
        return {"camera": {"part": "recording"}}
    if "://" not in camera and Path(camera).expanduser().is_file():
        return {"camera": {"part": "recording", "path": camera}}
    return {"camera": {"part": "webcam", "device": camera}}
