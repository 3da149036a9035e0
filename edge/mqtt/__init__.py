"""What publisher and subscriber share: where a broker is, how to reach it, and what waits while it is away."""
