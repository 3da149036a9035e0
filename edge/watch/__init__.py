"""The terminal view: nothing but an MQTT subscriber."""
