"""What others may ask a running node for, over MQTT."""
