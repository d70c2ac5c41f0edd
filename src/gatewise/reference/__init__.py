"""The specification: every cell in plain torch operations, its conventions as data."""
