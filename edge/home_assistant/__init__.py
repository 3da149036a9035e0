"""Home Assistant's MQTT discovery: a node introduces itself as one device with a sensor for each thing it says."""
