"""How a network learns: data, losses, the loop, calibration."""
