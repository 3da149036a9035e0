"""What leaves the machine: one payload model per subject, and how events of the pipeline become messages."""
