"""What a comparison is about: heads, losses, metrics and baselines of each task."""
