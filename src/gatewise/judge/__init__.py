"""From stored fits to the verdict. Needs no torch."""
