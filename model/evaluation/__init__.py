"""How well a network understands: the published measures, and the run that produces them."""
