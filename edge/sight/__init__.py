"""From a device, an address or a file to pictures."""
