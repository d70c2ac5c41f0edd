"""Who is told how far a comparison is: a bar in a terminal, lines elsewhere, or nobody."""
