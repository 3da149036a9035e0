"""What the sources are made of: decoding, resampling, channels, and capture from a device."""
