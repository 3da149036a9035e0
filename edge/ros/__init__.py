"""ROS 2: our messages as those of REP-155, human-robot interaction."""
