"""Cameras are opened in one place."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_only_edge_opens_cameras():
    opening = {
        path.relative_to(ROOT).as_posix()
        for package in ("model", "realtime", "edge")
        for path in (ROOT / package).rglob("*.py")
        if "cv2.VideoCapture(" in path.read_text(encoding="utf-8")
    }
    assert opening == {"edge/sight/opening.py"}


def test_no_picture_is_ever_written():
    writing = [
        path
        for package in ("model", "realtime", "edge")
        for path in (ROOT / package).rglob("*.py")
        for call in ("imwrite(", "imencode(", "VideoWriter(")
        if call in path.read_text(encoding="utf-8")
    ]
    assert writing == []
