"""The layers networks are made of: parameters that any engine can read, and message passing over them."""
