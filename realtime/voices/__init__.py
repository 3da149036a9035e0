"""Who is heard: voices as vectors, the people they belong to, and what is kept of those enrolled."""
