"""Who is told how far a comparison is."""
