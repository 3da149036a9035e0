"""The incremental step for a CPU: one compiled loop over a list of operations, compiled once for all networks."""
