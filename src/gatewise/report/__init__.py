"""What a verdict looks like in the terminal and as a page; reads the run folder's documents, needs no torch."""
