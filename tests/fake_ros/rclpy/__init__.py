"""As much of rclpy as the example of a bridge needs: whatever is published is printed, one JSON object a line."""

import signal


def init():
    """Nothing to prepare."""


def try_shutdown():
    """Nothing to shut down."""


def spin(node):
    while True:
        signal.pause()
