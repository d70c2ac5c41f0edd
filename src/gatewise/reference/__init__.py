"""The specification of every cell in plain torch operations, with the conventions of libraries as data."""
