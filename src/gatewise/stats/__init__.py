"""Statistics: arrays in, named result out; NumPy and SciPy only."""
