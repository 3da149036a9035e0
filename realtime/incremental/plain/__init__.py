"""The incremental step in plain torch: captured as graphs on CUDA, and what the fused step is held to."""
