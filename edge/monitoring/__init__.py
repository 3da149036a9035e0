"""How a running node is doing: its figures, over MQTT and HTTP, and what a service manager is told."""
