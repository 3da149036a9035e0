"""Everything that touches the device or the outside: sound card, files, MQTT, settings, command line."""
